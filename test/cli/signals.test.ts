import { expect } from 'chai';
import sinon from 'sinon';
import { Signals } from '../../src/cli/signals.js';

const names = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const;

describe('signals', () => {
  let before: Map<string, unknown[]>;

  beforeEach(() => {
    before = new Map(names.map((name) => [name, process.listeners(name)]));
  });

  afterEach(() => {
    for (const name of names)
      for (const listener of process.listeners(name)) if (before.get(name)?.includes(listener) === false) process.off(name, listener);
  });

  it('hang up as often as they come, and make up once for those that came too early', () => {
    const signals = new Signals();
    let count = 0;
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    signals.onHangup(() => (count += 1));
    expect(count).to.equal(1);
    process.emit('SIGHUP');
    process.emit('SIGHUP');
    expect(count).to.equal(3);
    signals.onHangup(() => undefined);
    process.emit('SIGHUP');
    expect(count).to.equal(3);
  });

  it('stop by the first of them that asks for it', async () => {
    const signals = new Signals();
    process.emit('SIGTERM', 'SIGTERM');
    expect(await signals.received).to.equal('SIGTERM');
  });

  it('end the process at once by a second of them: with 1, or as it came out where all is over', () => {
    const exit = sinon.stub(process, 'exit');
    try {
      const signals = new Signals();
      process.emit('SIGTERM', 'SIGTERM');
      expect(exit.args).to.be.empty;
      process.emit('SIGINT', 'SIGINT');
      signals.exitCode = 0;
      process.emit('SIGINT', 'SIGINT');
      expect(exit.args).to.deep.equal([[1], [0]]);
    } finally {
      exit.restore();
    }
  });
});
