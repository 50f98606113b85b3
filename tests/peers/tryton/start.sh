#!/usr/bin/env bash
# Tryton 8.2 on SQLite: JSON-RPC at /peer/rpc/, user admin. Parties, countries, products, sale opportunities, invoices.
. "$(dirname "$0")/../lib.sh"
python_between 10 13

configure() { # configure <folder>   a configuration for the database in that folder, on a free port
  free_port
  printf '[database]\nuri = sqlite://\npath = %s\n[web]\nlisten = 127.0.0.1:%s\n' "$1/data" "$PORT" > "$1/trytond.conf"
}

seeded_database() { # a builder: a database with its modules, seeded through the server as any client would
  mkdir "$1/data"
  touch "$1/data/peer.sqlite" # trytond-admin does not create the file itself
  "$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(12))' > "$1/password"
  configure "$1"
  local modules=(country party product sale_opportunity account_invoice)
  TRYTONPASSFILE=$1/password "$TRYTON/trytond-admin" --config "$1/trytond.conf" --database peer \
    --update "${modules[@]}" --activate-dependencies --email admin@example.org
  "$TRYTON/trytond" --config "$1/trytond.conf" --database peer 9>&- &
  HELPER=$!
  wait_port "$HELPER"
  "$TRYTON/python" "$HERE/seed.py" "http://127.0.0.1:$PORT/peer/rpc/" "$(cat "$1/password")" "$CUSTOMERS"
  kill "$HELPER"
  wait "$HELPER" || true
  HELPER=
}

prepare "$@"
build venv python_environment "$HERE/requirements.txt"
TRYTON=$BUILT/venv/bin
build template seeded_database "$HERE"/{start.sh,seed.py,requirements.txt} "$CUSTOMERS"
cp -r "$BUILT/data" "$RUN/" # the folder, for SQLite's journal belongs to the file
configure "$RUN"
tell "url=http://127.0.0.1:$PORT/peer/rpc/" database=peer user=admin "password=$(cat "$BUILT/password")"
become "$TRYTON/trytond" --config "$RUN/trytond.conf" --database peer
