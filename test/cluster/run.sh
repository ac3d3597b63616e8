#!/bin/bash
# The fleet on real nats-servers, killed and cut for real. Where there is no nats-server, says so and what to install.
#   run.sh [mocha's flags, such as --grep 'owner killed']
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v nats-server >/dev/null; then
  echo "test:fleet was skipped: there is no nats-server (apt-get install -y nats-server)"
  exit 0
fi
exec node_modules/.bin/mocha --no-config --node-option import=tsx/esm --require test/support/hooks.ts --timeout 180000 \
  'test/cluster/*.proof.ts' "$@"
