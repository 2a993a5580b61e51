#!/usr/bin/env bash
# The examples of docs/API.md as they are printed, one after the other. Then property-based calls of every documented operation,
# made from the program's own document: no fault of ours, no status and no shape that the document does not tell.
# Wants PORTICO_BIN, schemathesis (whose Python has requests), node and jq; tests/run --only openapi has all of them.
set -uo pipefail
FOLDER=$(mktemp -d)
SECRET="a secret of services"
env -i PORTICO_LISTEN=127.0.0.1:0 PORTICO_INTERNAL_LISTEN=off PORTICO_RATE_LIMITS=off \
  PORTICO_INTROSPECTION_SECRET="$SECRET" SECRET_KEY="for these tests only: 32 bytes or more" \
  DATABASE_URL="sqlite:$FOLDER/portico.db" MEDIA_URL="$FOLDER/media" "$PORTICO_BIN" serve >"$FOLDER/log" 2>&1 &
PORTICO=$!
leave() {
  kill -TERM "$PORTICO"
  wait "$PORTICO"
  rm -rf "$FOLDER"
}
trap leave EXIT

URL=
for _ in $(seq 100); do
  URL=$(grep -o 'open at http://[^"]*' "$FOLDER/log" | head -n 1 | cut -d' ' -f3)
  [ -z "$URL" ] || break
  sleep 0.1
done
[ -n "$URL" ] || { cat "$FOLDER/log"; exit 1; }

FAILED=0 PASSED=0
examples() {
  local example portrait=$PWD/tests/browser/portrait.jpg
  mkdir "$FOLDER/examples"
  sed "s#http://127.0.0.1:8000#$URL#g" docs/API.md | awk -v folder="$FOLDER/examples" '
    /^```(sh|python|js)$/ { file = sprintf("%s/%02d.%s", folder, ++count, substr($0, 4)); next }
    /^```/ { file = "" }
    file { print >file }'
  # In one shell, whose variables the next example takes up; an answer that refuses ends it.
  (
    set -e
    export PORTICO_INTROSPECTION_SECRET=$SECRET
    curl() { command curl --fail-with-body "$@" && echo; }
    cd "$FOLDER/examples"
    cp "$portrait" ada.jpg
    for example in [0-9]*; do
      printf -- '- %s\n' "$example"
      case $example in
        *.sh) . "./$example" ;;
        *.python) "$(dirname "$(command -v schemathesis)")/python" "$example" ;;
        *.js) node --input-type=module <"$example" ;;
      esac
    done
  )
}
# Not as the condition of an `if`: there `set -e` would be without effect.
printf -- '--- examples\n'
examples
[ $? -eq 0 ] && PASSED=$((PASSED + 1)) || FAILED=$((FAILED + 1))

# In the background, until `finish`.
calls() { # NAME OPTION...
  local name=$1
  shift
  # The Python tool's own folder for what it remembers goes with the rest.
  mkdir "$FOLDER/$name"
  (cd "$FOLDER/$name" && schemathesis run "$URL/openapi.json" --workers 2 --max-time 15 --max-examples 25 --seed 1 \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --request-timeout 20 --suppress-health-check all --warnings off --no-color "$@") >"$FOLDER/$name/said" 2>&1 &
  CALLS[$name]=$!
}
declare -A CALLS

finish() {
  local name
  for name in "${!CALLS[@]}"; do
    wait "${CALLS[$name]}" && PASSED=$((PASSED + 1)) || FAILED=$((FAILED + 1))
    printf '\n--- %s\n' "$name"
    cat "$FOLDER/$name/said"
  done
  CALLS=()
}

field() { # NAME
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
json() { # PATH BODY
  curl -fsS "$URL$1" -H 'content-type: application/json' -d "$2"
}
django() { # NAME: an account of its own for each run, under a name that no call makes up
  json /api/users/register "{\"email\":\"$1@example.org\",\"full_name\":\"Ada\",\"password\":\"Abcdef12\"}" | field access
}

DJANGO=$(django d7f1) FASTAPI=$(django f7f1) CLARK=$(django c7f1)
for token in "$DJANGO" "$FASTAPI" "$CLARK"; do [ -n "$token" ] || { echo "no token"; exit 1; }; done

# Without credentials, all of it; then with a good token of each dialect. Two at a time: callers wait for half of it.
calls strangers
calls django --include-path-regex '^/api' --exclude-method DELETE -H "Authorization: JWT $DJANGO"
finish
calls fastapi --include-tag 'FastAPI dialect' --exclude-method DELETE -H "Authorization: $FASTAPI"
calls clark --include-tag 'CLARK dialect' -H "Authorization: Bearer $CLARK"
finish
# Those who delete themselves do it once, and are strangers then.
calls django-leavers --include-path-regex '^/api' --include-method DELETE -H "Authorization: JWT $(django d7f2)"
calls fastapi-leavers --include-tag 'FastAPI dialect' --include-method DELETE -H "Authorization: $(django f7f2)"
finish
calls services --include-tag 'For other services' -a "posts:$SECRET"
finish

if grep -q 'panicked\|"level":"ERROR"' "$FOLDER/log"; then
  grep 'panicked\|"level":"ERROR"' "$FOLDER/log" | head -n 20
  FAILED=$((FAILED + 1))
fi
# As cargo closes, for the sum at the end of tests/run.
printf '\ntest result: %s passed; %s failed; 0 ignored;\n' "$PASSED" "$FAILED"
[ "$FAILED" -eq 0 ]
