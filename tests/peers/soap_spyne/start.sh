#!/usr/bin/env bash
# Spyne 2.14: SOAP 1.1, document/literal wrapped. It does not import on Python 3.12 and later.
. "$(dirname "$0")/../lib.sh"
python_between 8 11
prepare "$@"
build venv python_environment "$HERE/requirements.txt"
free_port
tell "url=http://127.0.0.1:$PORT/?wsdl"
become "$BUILT/venv/bin/python" "$HERE/server.py" "$PORT" "$CUSTOMERS"
