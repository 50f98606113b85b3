#!/usr/bin/env bash
# PHP's own SoapServer behind its built-in web server: fault details as item/key/value, xsi:nil for null.
. "$(dirname "$0")/../lib.sh"
need php "php-cli php-soap"
php -r 'exit(class_exists("SoapServer") ? 0 : 1);' || missing "the PHP extension soap" php-soap
prepare "$@"
free_port
local_wsdl "http://127.0.0.1:$PORT/customers"
tell "url=http://127.0.0.1:$PORT/customers?wsdl"
export CUSTOMERS INVOICES WSDL=$RUN/customers.wsdl
become php -S "127.0.0.1:$PORT" "$HERE/server.php"
