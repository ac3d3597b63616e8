import { expect } from 'chai';
import fc from 'fast-check';
import type { Config } from '../src/config/schema.js';
import { Daemon } from '../src/daemon.js';
import { MemoryStore } from '../src/intent/store/memory-store.js';
import { anyConfig } from './support/configs.js';
import { FakeClock } from './support/fake-clock.js';
import { RecordingLog } from './support/recording-log.js';

const secret = (name: string): string => (name === 'headers' ? 'X-Key: 1' : name);

function started(config: Config): Daemon {
  return new Daemon({
    config,
    secret,
    log: new RecordingLog(),
    version: '1.2.3',
    clock: new FakeClock(),
    store: new MemoryStore(),
    random: () => 0.5,
    proxyFor: () => '',
  });
}

/** A config with the fields of another that need a restart. */
function withRestartFieldsOf({ write, http, outbox, log, reload }: Config, config: Config): Config {
  return {
    ...config,
    write: { ...config.write, target: write.target },
    http: { ...config.http, listen: http.listen },
    outbox: { ...config.outbox, dir: outbox.dir, maxBytes: outbox.maxBytes },
    log: { ...config.log, format: log.format },
    reload,
  };
}

describe('a daemon that is reloaded', () => {
  it('runs by the same config as one that was started with it, but for what needs a restart', () => {
    fc.assert(
      fc.property(anyConfig(), anyConfig(), (a, b) => {
        const daemon = started(a);
        daemon.reload({ config: b, secret });
        expect(daemon.config).to.deep.equal(withRestartFieldsOf(a, started(b).config));
        daemon.reload({ config: a, secret });
        expect(daemon.config).to.deep.equal(a);
      }),
      { numRuns: 20 },
    );
  });

  it('runs on as it did when a secret cannot be read or understood, whatever else is new', () => {
    fc.assert(
      fc.property(anyConfig(), anyConfig(), fc.constantFrom('secret', 'headers', 'hooks'), (a, b, broken) => {
        const daemon = started(a);
        const before = structuredClone(a);
        const { config } = daemon;
        const to = { ...b, genesys: { ...b.genesys, clientSecretFile: 'secret' }, http: { ...b.http, webhookSecretFile: 'hooks' } };
        const lookups = { ...b.lookups, crm: { ...b.lookups['crm']!, headersFile: 'headers' } };
        const failing = (name: string): string => {
          if (name !== broken) return secret(name);
          if (name === 'secret') throw new Error('cannot read it');
          return name === 'headers' ? 'no header' : 'one\ntwo\nthree';
        };
        expect(() => daemon.reload({ config: { ...to, lookups }, secret: failing })).to.throw(
          /cannot read it|is no header|expected one or two/,
        );
        expect(daemon.config).to.equal(config);
        expect(config).to.deep.equal(before);
      }),
      { numRuns: 20 },
    );
  });
});
