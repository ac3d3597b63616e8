import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import type { Call } from '../../src/simulator/calls/call.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { queuedCall } from '../support/house.js';
import { kit } from './prometheus.js';
import { watched } from './watched.js';

const installed = ['prometheus', 'promtool'].every((name) => spawnSync(name, ['--version']).status === 0);

function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  expect(status, `${stdout}${stderr}`).to.equal(0);
  return `${stdout}${stderr}`;
}

const deadLettersSchema = z.object({ deadLetters: z.array(z.object({ intentId: z.string() })).min(1) });

/** So many calls that wait in a queue. */
function calls(simulator: Simulator, count: number): Call[] {
  return Array.from({ length: count }, (_, customer) => queuedCall(simulator, customer));
}

describe('the alerts, in a real Prometheus', () => {
  before(function () {
    if (installed) return;
    process.stdout.write('skipped: no promtool/prometheus (apt-get install -y --no-install-recommends prometheus)\n');
    this.skip();
  });

  it('are rules and a config that promtool takes, and pass their unit tests', () => {
    expect(promtool(['check', 'rules', join(kit, 'attributed.rules.yml')])).to.match(/SUCCESS: \d+ rules found/);
    expect(promtool(['check', 'config', join(kit, 'prometheus.yml')])).to.contain('is valid prometheus config file syntax');
    expect(promtool(['test', 'rules', fileURLToPath(new URL('alerts.promtool.yml', import.meta.url))])).to.contain('SUCCESS');
  });

  it('are silent while calls move, and promtool finds no fault with /metrics', () =>
    watched(
      {
        scenario: {
          calls: { perMinute: 60, most: 1_000, churn: 'bursty', talkMs: [5_000, 10_000] },
          faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] },
        },
        config: { rules: [{ name: 'tier', when: 'conversation.started', set: { tier: "'gold'" } }] },
      },
      async ({ simulator, prometheus, ask }) => {
        simulator.engine.start();
        // longer than any `for:` and any window but those of restarts
        await eventually(
          'thirty seconds of writes were seen',
          async () => {
            expect(await prometheus.firing()).to.deep.equal([]);
            const [seconds = 0] = await prometheus.query('count_over_time(attributed_ready[2m])');
            const [writes = 0] = await prometheus.query('attributed_writes_total{outcome="applied"}');
            return seconds > 30 && writes > 10;
          },
          { within: 120_000, every: 500 },
        );
        const text = await (await ask('GET', '/metrics')).text();
        expect(promtool(['check', 'metrics'], text)).to.equal('');
      },
    ));

  it('AttributedDown: the daemon was killed; and Prometheus knows no target', () =>
    watched({}, async ({ kill, start, fires, silent, prometheus }) => {
      await kill();
      await fires('AttributedDown');
      await start();
      await silent();
      prometheus.forgetTargets();
      await fires('AttributedDown');
    }));

  it('AttributedRestarts: it is killed and comes back, three times', () =>
    watched({}, async ({ kill, start, fires, silent, prometheus }) => {
      for (let time = 1; time <= 3; time += 1) {
        await kill();
        await start();
        await eventually(
          'the new start was scraped',
          async () => ((await prometheus.query('changes(attributed_start_time_seconds[2m])'))[0] ?? 0) >= time,
          { within: 30_000, every: 100 },
        );
      }
      await fires('AttributedRestarts', ['AttributedDown']);
      await silent();
    }));

  it('AttributedChannelDown and AttributedNotReady: upgrades are refused', () =>
    watched({}, async ({ simulator, fires, silent }) => {
      simulator.faults.refuseUpgrades = 503;
      simulator.sockets.cut();
      await fires('AttributedChannelDown', ['AttributedNotReady']);
      await fires('AttributedNotReady', ['AttributedChannelDown']);
      delete simulator.faults.refuseUpgrades;
      await silent();
    }));

  it('AttributedChannelSilent: sockets connect, and nothing comes over them', () =>
    watched({}, async ({ simulator, fires, silent }) => {
      simulator.faults.mute = true;
      await fires('AttributedChannelSilent');
      simulator.faults.mute = false;
      await silent();
    }));

  it('AttributedCredentialsRefused: the secret was changed, and tokens were revoked', () =>
    watched({}, async ({ simulator, fires, silent }) => {
      const { secret } = simulator.client;
      simulator.client.secret = 'another';
      simulator.oauth.revokeAll();
      await fires('AttributedCredentialsRefused', ['AttributedChannelDown', 'AttributedNotReady']);
      simulator.client.secret = secret;
      await silent();
    }));

  it('AttributedTopicsRejected: a permission was taken away', () =>
    watched({}, async ({ simulator, fires, silent }) => {
      simulator.client.permissions = ['conversation:view'];
      simulator.oauth.revokeAll();
      await fires('AttributedTopicsRejected', ['AttributedNotReady', 'AttributedChannelDown']);
      simulator.client.permissions = 'all';
      simulator.oauth.revokeAll();
      await silent();
    }));

  it('AttributedWritesFail and AttributedWishesWait: the API says 503', () =>
    watched({}, async ({ simulator, wish, fires, silent }) => {
      const some = calls(simulator, 40);
      await eventually('all are known', async () =>
        (await Promise.all(some.map((call) => wish(call, { a: '1' })))).every((code) => code === 202),
      );
      simulator.faults.refuse = [{ status: 503, share: 1 }];
      for (const call of some) await wish(call, { a: '2' });
      await fires('AttributedWritesFail');
      await fires('AttributedWishesWait', ['AttributedWritesFail']);
      simulator.faults.refuse = [];
      await silent();
    }));

  it('AttributedConflictsHigh: others change the calls faster than a write travels', () =>
    watched({ scenario: { faults: { latencyUp: [40, 60] } } }, async ({ simulator, wish, fires, silent }) => {
      const some = calls(simulator, 5);
      for (const call of some) expect(await wish(call, { a: '1' })).to.equal(202);
      const others = setInterval(() => {
        for (const call of some) call.perform({ do: 'bump' });
      }, 10);
      try {
        for (const call of some) await wish(call, { a: '2' });
        await fires('AttributedConflictsHigh');
      } finally {
        clearInterval(others);
      }
      await silent();
    }));

  it('AttributedIntentsDead: a wish for a participant that never came', () =>
    watched({}, async ({ simulator, wish, fires, silent }) => {
      const call = queuedCall(simulator);
      expect(await wish(call, { a: '1' }, 'supervisor')).to.equal(202);
      call.perform({ do: 'hang-up' });
      await fires('AttributedIntentsDead');
      await silent();
    }));

  it('AttributedBudgetExhausted: every call is answered by 429', () =>
    watched({}, async ({ simulator, wish, fires, silent }) => {
      const some = calls(simulator, 20);
      for (const call of some) await wish(call, { a: '1' });
      simulator.faults.refuse = [{ status: 429, share: 1 }];
      for (const call of some) await wish(call, { a: '2' });
      await fires('AttributedBudgetExhausted', ['AttributedNotReady', 'AttributedWritesFail']);
      simulator.faults.refuse = [];
      await silent();
    }));

  it('AttributedOutboxNearlyFull and AttributedOutboxFailing: dead letters fill it', () =>
    watched({ config: { outbox: { dir: 'outbox', maxBytes: '16KiB' } } }, async ({ simulator, wish, ask, fires, silent }) => {
      const call = queuedCall(simulator);
      await eventually('it is full', async () => (await wish(call, { a: 'x'.repeat(1_000) }, 'supervisor')) === 503);
      call.perform({ do: 'hang-up' });
      const allowed = ['AttributedOutboxNearlyFull', 'AttributedOutboxFailing', 'AttributedNotReady', 'AttributedIntentsDead'];
      await fires('AttributedOutboxFailing', allowed);
      await fires('AttributedOutboxNearlyFull', allowed);
      const { deadLetters } = deadLettersSchema.parse(await (await ask('GET', '/dead-letters')).json());
      for (const { intentId } of deadLetters) expect((await ask('DELETE', `/dead-letters/${intentId}`)).status).to.equal(204);
      await silent();
    }));

  it('AttributedLogDropped: the disk of log.file is full', () => {
    return watched({ config: { log: { file: 'log', level: 'debug' } } }, async ({ simulator, wish, folder, prometheus, fires, silent }) => {
      const call = queuedCall(simulator);
      // found within a second, as after a rotation
      symlinkSync('/dev/full', join(folder, 'full'));
      renameSync(join(folder, 'full'), join(folder, 'log'));
      const wide = (number: number): Record<string, string> =>
        Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`${'k'.repeat(300)}${key}`, `${number}`]));
      const round = async (number: number): Promise<boolean> => {
        await Promise.all(Array.from({ length: 10 }, (_, each) => wish(call, wide(10 * number + each))));
        const [dropped = 0] = await prometheus.query('attributed_log_dropped_total');
        return dropped > 0;
      };
      let rounds = 0;
      await eventually('lines are dropped', () => round((rounds += 1)), { within: 60_000 });
      await fires('AttributedLogDropped');
      rmSync(join(folder, 'log'));
      await silent();
    });
  });

  it('AttributedEventLoopLag: it gets half of the time', () =>
    watched({}, async ({ process: daemon, fires, silent }) => {
      let stopped = false;
      const turns = setInterval(() => {
        stopped = !stopped;
        daemon().kill(stopped ? 'SIGSTOP' : 'SIGCONT');
      }, 800);
      try {
        await fires('AttributedEventLoopLag', ['AttributedDown']);
      } finally {
        clearInterval(turns);
        daemon().kill('SIGCONT');
      }
      await silent();
    }));
});
