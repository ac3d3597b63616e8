#!/bin/bash
# The unit tests on each Node that is named, which comes from the npm registry: `run.sh 20 22 24`. Says which one failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
failed=()
for version in "$@"; do
  # what mocha starts, it starts by the Node that it runs on itself
  npx --yes --package "node@$version" --call "
    echo \"Node \$(node --version)\"
    mocha --no-config --node-option import=tsx/esm --require test/support/hooks.ts --timeout 30000 --parallel --jobs 2 --reporter dot \
      'test/*.test.ts' 'test/!(integration)/**/*.test.ts'" || failed+=("$version")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "the unit tests failed on Node ${failed[*]}"
  exit 1
fi
