# Shared by the start scripts of the peers; sourced, not run.
#
#   <peer>/start.sh [state folder]
#
# prints one `name=value` line for each thing a client must know (`url=` first), sends the server's own words to
# `log=` and *becomes* the server: whoever started the script ends it with a signal, and nothing is left to stop.
# It answers a moment after the lines are printed. The state folder (default: .peers/<peer> in the repository) holds
#
#   <part>-<hash>/   what was installed or seeded, named after the hash of the files it was made from and kept
#   run-<pid>/       what this one server needs: configuration, database, log; swept by the next start
#
# so that several servers of one kind live side by side. Exit 2: software is missing, said on stderr; a test skips.
set -euo pipefail

PEERS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
CUSTOMERS=$PEERS/customers.json
INVOICES=$PEERS/invoices.json

missing() { # missing <what> <how to get it>
  echo "missing: $1 (install: $2)" >&2
  exit 2
}

need() { # need <command> <Debian packages>
  command -v "$1" > /dev/null || missing "$1" "$2"
}

python_between() { # python_between <first> <last>   sets PYTHON to an interpreter 3.<first> to 3.<last> with venv
  local candidate
  for candidate in "${PYTHON:-python3}" $(seq -f 'python3.%g' "$2" -1 "$1"); do
    if "$candidate" -c "import ensurepip, sys, venv; sys.exit(not (3, $1) <= sys.version_info[:2] <= (3, $2))" 2> /dev/null; then
      PYTHON=$candidate
      return
    fi
  done
  missing "Python 3.$1 to 3.$2" "python3 python3-venv, or name an interpreter in PYTHON"
}

prepare() { # prepare [state folder]   one at a time from here to `become`, which sets the lock free
  STATE=${1:-$PEERS/../../.peers/$(basename "$HERE")}
  mkdir -p "$STATE"
  STATE=$(cd "$STATE" && pwd)
  exec 9> "$STATE/lock"
  flock 9
  local old
  for old in "$STATE"/run-*; do
    kill -0 "${old##*-}" 2> /dev/null || rm -rf "$old"
  done
  RUN=$STATE/run-$$
  rm -rf "$RUN" # of an earlier process with this number
  mkdir "$RUN"
  : > "$STATE/build.log"
  HELPER=
  trap finish EXIT
}

finish() { # only when something failed before `become`: end the helper, say why
  local status=$?
  [ -z "$HELPER" ] || kill "$HELPER"
  [ $status -eq 0 ] || tail -n 3 "$STATE/build.log" >&2
}

build() { # build <part> <function> <input file>...   sets BUILT; the function is called with a new folder, if need be
  BUILT=$STATE/$1-$(cat "${@:3}" | sha256sum | cut -c 1-12)
  [ ! -e "$BUILT/complete" ] || return 0
  rm -rf "$BUILT"
  mkdir "$BUILT"
  "$2" "$BUILT" >> "$STATE/build.log" 2>&1
  touch "$BUILT/complete"
}

python_environment() { # a builder: the venv of requirements.txt beside the start script
  "$PYTHON" -m venv "$1/venv"
  "$1/venv/bin/pip" --quiet --disable-pip-version-check install --requirement "$HERE/requirements.txt"
}

free_port() { # sets PORT
  PORT=$("${PYTHON:-python3}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

local_wsdl() { # local_wsdl <address>   puts the shared WSDL into the run folder, with that address
  sed "s#location=\"[^\"]*\"#location=\"$1\"#" "$PEERS/customers.wsdl" > "$RUN/customers.wsdl"
}

wait_port() { # wait_port <pid>   until that server listens on PORT; fails when it dies or takes a minute
  for _ in $(seq 300); do
    ! (exec 3<> "/dev/tcp/127.0.0.1/$PORT") 2> /dev/null || return 0
    kill -0 "$1" && sleep 0.2 || return 1
  done
  return 1
}

tell() { # tell <name=value>...
  printf '%s\n' "$@" "log=$RUN/log"
}

become() { # become <command...>   never returns
  exec > "$RUN/log" 2>&1 9>&- < /dev/null
  exec "$@"
}
