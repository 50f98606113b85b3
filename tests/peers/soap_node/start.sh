#!/usr/bin/env bash
# node-soap 1.13: SOAP 1.1, document/literal; its faults come with HTTP status 200.
. "$(dirname "$0")/../lib.sh"
need node nodejs
need npm npm

packages() { # a builder
  cp "$HERE/package.json" "$1/"
  npm --prefix "$1" install --silent --no-audit --no-fund --no-package-lock --ignore-scripts
}

prepare "$@"
build packages packages "$HERE/package.json"
free_port
local_wsdl "http://127.0.0.1:$PORT/customers"
tell "url=http://127.0.0.1:$PORT/customers?wsdl"
NODE_PATH=$BUILT/node_modules become node "$HERE/server.js" "$PORT" "$RUN/customers.wsdl" "$CUSTOMERS" "$INVOICES"
