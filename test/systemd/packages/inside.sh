#!/bin/bash
# Inside the box, where nothing is installed yet and there is no network: the packages that `npm run package` made.
set -eu
exec /usr/local/bin/node node_modules/mocha/bin/mocha.js --no-config --node-option import=tsx/esm --timeout 120000 'test/systemd/packages/*.box.ts'
