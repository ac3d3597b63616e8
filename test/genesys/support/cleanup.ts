import { eventually } from '../../support/eventually.js';

/**
 * Opens things in a suite's tests; they are closed after each test, the last opened first, and the test is over when
 * their sockets are gone.
 */
export function cleanup(): (close: () => unknown) => void {
  const closers: (() => unknown)[] = [];
  let before = 0;
  beforeEach(() => {
    before = sockets();
  });
  afterEach(async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    await eventually('all sockets are closed', () => sockets() <= before);
  });
  return (close) => {
    closers.push(close);
  };
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}
