# shellcheck shell=bash
# Private servers for the tests: own data under $WORK, loopback only, ports that were free a moment ago.
# Sourced by tests/run, which sets $WORK and calls stop_all when it leaves.
# Each start_NAME exports what the tests read (TEST_*) and fails with the end of the server's log.

declare -A STOP_SIGNALS=() # by process group

# PostgreSQL refuses root, and none of the others needs its rights: as root they run as nobody.
UNPRIVILEGED=(env -i PATH="$PATH" LANG=C.UTF-8 HOME="$WORK/services")
[ "$EUID" -ne 0 ] || UNPRIVILEGED=(setpriv --reuid=nobody --regid=nogroup --clear-groups "${UNPRIVILEGED[@]}")

# A folder for a service's data. PostgreSQL's socket lies in it too, so the path has to stay short.
service_folder() { # NAME
  mkdir -p "$WORK/services/$1"
  [ "$EUID" -ne 0 ] || chown nobody:nogroup "$WORK/services" "$WORK/services/$1"
  echo "$WORK/services/$1"
}

# Below the range the kernel hands out itself, so that no outgoing connection takes it in between.
free_port() {
  local port
  while port=$((20001 + 2 * (RANDOM % 6000))); listens "$port"; do :; done
  echo "$port"
}

listens() { # PORT
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# In a session of its own: Ctrl-C doesn't reach it before stop_all does, and its children end with it.
in_background() { # NAME STOP-SIGNAL COMMAND...
  setsid "${@:3}" >"$WORK/services/$1.log" 2>&1 </dev/null &
  STOP_SIGNALS[$!]=$2
  disown
}

wait_for() { # NAME SECONDS COMMAND...
  local tries=$((10 * $2))
  until "${@:3}" >/dev/null 2>&1; do
    if [ $((tries -= 1)) -le 0 ]; then
      echo "$1 did not start. The end of its log:" >&2
      tail -n 30 "$WORK/services/$1.log" >&2
      return 1
    fi
    sleep 0.1
  done
}

start_postgres() {
  local bin data port
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  data=$(service_folder postgres)
  port=$(free_port)
  "${UNPRIVILEGED[@]}" "$bin/initdb" -D "$data/data" -U portico -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
  # Nothing here has to survive a crash, and a run makes hundreds of databases.
  # QUIT stops PostgreSQL at once and frees its shared memory; on TERM it would wait for its clients.
  in_background postgres QUIT "${UNPRIVILEGED[@]}" "$bin/postgres" -D "$data/data" -p "$port" -k "$data" \
    -c listen_addresses=127.0.0.1 -c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=128MB
  wait_for postgres 20 "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"
  export TEST_POSTGRES_URL="postgres://portico@127.0.0.1:$port/postgres"
}

start_redis() {
  local data port
  data=$(service_folder redis)
  port=$(free_port)
  in_background redis KILL "${UNPRIVILEGED[@]}" redis-server \
    --port "$port" --bind 127.0.0.1 --dir "$data" --save '' --appendonly no
  wait_for redis 10 redis-cli -h 127.0.0.1 -p "$port" ping
  export TEST_REDIS_URL="redis://127.0.0.1:$port"
}

start_rabbitmq() {
  local data port epmd_port
  data=$(service_folder rabbitmq)
  port=$(free_port)
  epmd_port=$(free_port)
  printf 'listeners.tcp.1 = 127.0.0.1:%s\nlog.console = true\nlog.file = false\n' "$port" >"$data/rabbitmq.conf"
  # Started here, Erlang's port mapper ends with the rest; started by Erlang, it would outlive the run.
  in_background epmd KILL "${UNPRIVILEGED[@]}" epmd -address 127.0.0.1 -port "$epmd_port"
  wait_for epmd 5 listens "$epmd_port"
  # Without inet_dist_use_interface the distribution port listens on every address.
  in_background rabbitmq KILL "${UNPRIVILEGED[@]}" \
    RABBITMQ_NODENAME=portico@localhost RABBITMQ_CONFIG_FILE="$data/rabbitmq.conf" \
    RABBITMQ_MNESIA_BASE="$data/mnesia" RABBITMQ_LOG_BASE="$data/log" RABBITMQ_PID_FILE="$data/pid" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$data/plugins" RABBITMQ_DIST_PORT="$(free_port)" \
    ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
  wait_for rabbitmq 90 listens "$port"
  export TEST_AMQP_URL="amqp://guest:guest@127.0.0.1:$port/%2f"
}

start_s3() {
  local data port
  data=$(service_folder s3)
  port=$(free_port)
  export TEST_S3_ENDPOINT="http://127.0.0.1:$port" TEST_S3_BUCKET=portico
  export TEST_S3_ACCESS_KEY=portico-tests TEST_S3_SECRET_KEY=portico-tests-secret
  export TEST_S3_FOLDER=$data
  mkdir -p "$data/$TEST_S3_BUCKET" # a bucket is a folder
  # As the caller, not as nobody: the program lies in the caller's cache folder.
  in_background s3 KILL s3s-fs --host 127.0.0.1 --port "$port" \
    --access-key "$TEST_S3_ACCESS_KEY" --secret-key "$TEST_S3_SECRET_KEY" "$data"
  wait_for s3 10 listens "$port"
}

stop_all() {
  local group tries
  for group in "${!STOP_SIGNALS[@]}"; do
    kill -"${STOP_SIGNALS[$group]}" -- "-$group" 2>/dev/null
  done
  for group in "${!STOP_SIGNALS[@]}"; do
    tries=50
    while kill -0 -- "-$group" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
    kill -KILL -- "-$group" 2>/dev/null
  done
  STOP_SIGNALS=()
}
