import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, queuedCall, type House } from '../support/house.js';

/** Events are sent so often, in ms. */
const every = 20;

/** Numbered events that are sent under the first topic, and what the daemon hears of them. */
interface Numbered {
  sent: number;
  heard: number[];
  /** Sends no more, and resolves when as many were heard as were sent. */
  all: () => Promise<void>;
}

/** Runs a test while numbered events are sent. */
async function streaming({ simulator, daemon }: House, test: (numbered: Numbered) => Promise<void>): Promise<void> {
  const [topic = ''] = simulator.topics;
  const numbered: Numbered = {
    sent: 0,
    heard: [],
    all: () => {
      clearInterval(timer);
      // over two channels the last one sent need not be the last to come
      return eventually('all came', () => numbered.heard.length >= numbered.sent);
    },
  };
  daemon.notifications.signals.subscribe((signal) => {
    const number = signal.kind === 'event' ? signal.event.eventBody['number'] : undefined;
    if (typeof number === 'number') numbered.heard.push(number);
  });
  const timer = setInterval(() => {
    numbered.sent += 1;
    simulator.sockets.sendEvent(topic, { id: 'numbered', number: numbered.sent });
  }, every);
  try {
    await test(numbered);
  } finally {
    clearInterval(timer);
  }
}

const rotations = ({ daemon }: House): number => Object.values(daemon.notifications.rotations).reduce((sum, count) => sum + count);
const networked = { faults: { latencyUp: [5, 20], latencyDown: [5, 20], eventDelay: [20, 150] } } as const;

describe('channels over real sockets', () => {
  it('lose no event and double none across three forced rotations, and nothing is written twice', async () => {
    const rule = { name: 'tier', when: 'conversation.started', set: { tier: '"gold"' } };
    await inHouse({ scenario: networked, config: { rules: [rule] } }, async (house) => {
      const { simulator, daemon } = house;
      await streaming(house, async (events) => {
        for (let round = 1; round <= 3; round += 1) {
          const call = queuedCall(simulator, round);
          simulator.sockets.announceClosing();
          await eventually(`it was replaced ${round} times`, () => daemon.notifications.rotations.closing === round);
          await eventually('it was written', () => customerAttributes(call)['tier'] === 'gold');
        }
        await events.all();
        expect(events.heard).to.have.length(events.sent);
        expect(new Set(events.heard).size).to.equal(events.sent);
      });
      const written = simulator.ledger.writes.filter(({ status }) => status < 300);
      expect(written.map(({ conversationId }) => conversationId)).to.have.length(3);
      expect(simulator.ledger.overlaps).to.equal(0);
      expect(house.log.of('channel.lost')).to.be.empty;
      expect(house.log.of('intent.accepted')).to.have.length(3);
    });
  });

  it('are replaced before their token ends, however short its life', async () => {
    await inHouse({ scenario: { ...networked, tokenSeconds: 4 } }, async (house) => {
      await streaming(house, async (events) => {
        await eventually('it was replaced twice', () => rotations(house) === 2);
        await events.all();
        expect(events.heard).to.have.length(events.sent);
        expect(new Set(events.heard).size).to.equal(events.sent);
      });
      expect(house.log.of('channel.lost')).to.be.empty;
    });
  });

  it('that tell nothing any more are found and replaced, though they answer pings', async () => {
    await inHouse({ config: (simulator) => ({ notifications: { topics: simulator.topics, silenceTimeout: '1s' } }) }, async (house) => {
      await streaming(house, async (events) => {
        await eventually('enough came to know what is usual', () => events.heard.length > 200);
        for (const channel of house.simulator.channels.all()) house.simulator.sockets.freeze(channel);
        await eventually('it was replaced', () => house.daemon.notifications.rotations.stalled === 1);
        const before = events.heard.length;
        await eventually('events come again', () => events.heard.length > before + 3);
      });
      expect(house.log.of('channel.stalled')[0]).to.include({ found: 'nothing wrong' });
    });
  });

  it('follow selectors, which follow the directory', async () => {
    const topics = [{ queues: 'Billing*', suffix: 'conversations.calls' }];
    await inHouse({ scenario: { queues: 7 }, config: { notifications: { topics } } }, async ({ simulator, daemon }) => {
      const { queues } = simulator.directory;
      expect(daemon.notifications.desired).to.have.length(3);
      const added = queues.add('Billing Extra');
      queues.remove(simulator.queues[0] ?? '');
      daemon.notifications.configure({ topics, silenceTimeout: 35_000, rotateBefore: 1_800_000 });
      await eventually('the channel follows', () => simulator.channels.all()[0]?.topics.some((topic) => topic.includes(added.id)) ?? false);
      await eventually('it is permitted', () => daemon.notifications.topics.filter(({ permitted }) => permitted).length === 3);
      expect(simulator.channels.all()).to.have.length(1);
      expect(simulator.ledger.requests.get('PUT /api/v2/notifications/channels/:id/subscriptions')).to.equal(1);
    });
  });

  it('find a call that began while none was there', async () => {
    const rule = { name: 'tier', when: 'conversation.started', set: { tier: '"gold"' } };
    await inHouse({ config: { rules: [rule] } }, async ({ simulator, daemon, log }) => {
      simulator.faults.refuseUpgrades = 503;
      simulator.sockets.cut();
      await eventually('it is lost', () => !daemon.notifications.connected);
      const call = queuedCall(simulator);
      simulator.faults.refuseUpgrades = undefined;
      await eventually('it was found and written', () => customerAttributes(call)['tier'] === 'gold');
      expect(log.of('gap.read')[0]).to.include({ found: 1 });
    });
  });
});
