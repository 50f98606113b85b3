#!/usr/bin/env bash
# MariaDB of Debian on a port of the loopback address. A new, empty data directory each time; root has no password.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin
need mariadbd mariadb-server
need mariadb-install-db mariadb-server
prepare "$@"
free_port
USER=$(id -un)
mariadb-install-db --no-defaults --user="$USER" --datadir="$RUN/data" --auth-root-authentication-method=normal \
  --skip-test-db >> "$STATE/build.log" 2>&1
tell "url=mariadb+pymysql://root@127.0.0.1:$PORT/mysql?charset=utf8mb4"
become mariadbd --no-defaults --user="$USER" --datadir="$RUN/data" --socket="$RUN/s" --pid-file="$RUN/pid" \
  --skip-networking=0 --bind-address=127.0.0.1 --port="$PORT" --skip-log-bin --character-set-server=utf8mb4 \
  --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0 --skip-innodb-use-native-aio --gdb # takes SIGINT
