#!/usr/bin/env bash
# The picture pipeline beside sharp and Pillow, on the same photos, in one run.
# Usage: benches/pictures/run.sh [ROUNDS]. Needs cargo, node with npm, and python3 with venv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}/pictures")
mkdir -p "$folder"

if [ ! -x "$folder/python/bin/python" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet 'pillow==13.0.0' numpy scipy
fi
if [ ! -d "$folder/node_modules/sharp" ]; then
  npm install --silent --no-save --prefix "$folder" sharp@0.35.5
fi
if [ ! -f "$folder/made" ]; then
  "$folder/python/bin/python" "$here/photos.py" "$folder/photos"
  touch "$folder/made"
fi
program=$(cargo bench --bench pictures --no-run --message-format=json 2>/dev/null |
  python3 -c 'import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == "pictures" and message.get("executable"):
        print(message["executable"])')
export NODE_PATH="$folder/node_modules"
"$folder/python/bin/python" "$here/compare.py" "$program" "$folder" "${1:-5}"
