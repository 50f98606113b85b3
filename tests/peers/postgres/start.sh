#!/usr/bin/env bash
# PostgreSQL on a unix socket only: the programs of the wheel pgserver, else Debian's. A new, empty cluster each time.
. "$(dirname "$0")/../lib.sh"

programs() { # prints the folder of initdb and postgres
  "${PYTHON:-python3}" -c '
import importlib.util
print(importlib.util.find_spec("pgserver").submodule_search_locations[0] + "/pginstall/bin")' 2> /dev/null && return
  compgen -G '/usr/lib/postgresql/*/bin' | tail -n 1
}

BIN=$(programs) || missing PostgreSQL "the wheel pgserver into the environment of the tests, or Debian's postgresql"
prepare "$@"
mkdir "$RUN/data"
AS=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  AS=(setpriv --reuid nobody --regid nogroup --clear-groups --pdeathsig keep --)
  chown nobody "$RUN/data"
  "${AS[@]}" test -x "$BIN/initdb" -a -w "$RUN/data" || missing "the right of the user nobody to $BIN and $RUN" "chmod"
fi
cd "$RUN"
"${AS[@]}" "$BIN/initdb" --auth trust --username postgres --encoding UTF8 --locale C --no-sync --pgdata "$RUN/data" \
  >> "$STATE/build.log" 2>&1
tell "url=postgresql+psycopg://postgres@/postgres?host=$RUN/data"
become "${AS[@]}" "$BIN/postgres" -D "$RUN/data" -k "$RUN/data" -c listen_addresses= -c fsync=off -c full_page_writes=off
