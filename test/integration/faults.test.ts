import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, makeDaemon, openSimulator, queuedCall } from '../support/house.js';

const follow = {
  rules: [
    { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } },
    { name: 'agents', when: 'conversation.updated', set: { agents: "$string($count(conversation.participants[purpose = 'agent']))" } },
  ],
};

describe('faults of the platform, on real sockets', () => {
  it('a socket that is cut in the middle of a burst: reconnects, reads again, converges', () =>
    inHouse(
      { config: follow, scenario: { faults: { latencyUp: [5, 15], latencyDown: [5, 15], eventDelay: [5, 30] } } },
      async ({ simulator, daemon, log }) => {
        const call = queuedCall(simulator);
        await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
        for (let count = 0; count < 10; count += 1) {
          call.bump();
          if (count === 5) simulator.sockets.cut();
        }
        call.perform({ do: 'alert', userId: simulator.users[0] ?? '' });
        await eventually('it has reconnected', () => log.of('channel.connected').length === 2 && daemon.notReady().length === 0);
        // what happened while nobody listened is told by the next event, and written with a fresh ETag
        call.bump();
        await eventually(
          'the attributes are there',
          () => customerAttributes(call)['agents'] === '1' && customerAttributes(call)['seen'] === 'yes',
        );
        expect(log.of('channel.lost')[0]).to.include({ closeCode: 1006 });
        expect(log.of('channel.created')).to.have.length(1);
        expect(simulator.ledger.overlaps).to.equal(0);
      },
    ));

  it('a wish that waits while the socket is down is written after a read', () =>
    inHouse({ config: { write: { policy: 'debounce', quiet: '300ms', maxWait: '2s' } } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
      const answer = fetch(`http://${daemon.address ?? ''}/conversations/${call.id}/participants/@customer/attributes?wait=10s`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"attributes":{"tier":"gold"}}',
      });
      await eventually('the wish waits', () => daemon.writer.pending === 1);
      simulator.sockets.cut();
      await eventually('the loss is known', () => !daemon.notifications.connected);
      call.bump();
      expect(((await (await answer).json()) as { state: string }).state).to.be.oneOf(['applied', 'confirmed']);
      expect(simulator.ledger.writes.map(({ status }) => status)).to.deep.equal([200]);
    }));

  it('a channel that is gone: makes a new one, and goes on', () =>
    inHouse({ config: follow }, async ({ simulator, daemon, log }) => {
      simulator.oauth.revokeAll();
      simulator.sockets.cut(1001);
      await eventually('there is a new channel', () => log.of('channel.created').length === 2 && daemon.notReady().length === 0);
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
    }));

  it('a half-open socket: is noticed within the silence timeout', () =>
    inHouse({ config: { ...follow, notifications: { silenceTimeout: '400ms' } } }, async ({ simulator, daemon, log }) => {
      simulator.faults.mute = true;
      await eventually('the silence is noticed', () => log.of('channel.silent').length > 0);
      simulator.faults.mute = false;
      await eventually('it has reconnected', () => daemon.notReady().length === 0);
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
    }));

  it('lost, doubled and reordered frames, refusals, unanswered requests: converges all the same', () =>
    inHouse(
      {
        config: follow,
        seed: 7,
        scenario: {
          faults: {
            latencyUp: [1, 10],
            latencyDown: [1, 10],
            eventDelay: [1, 30],
            duplicate: 0.3,
            reorder: 0.3,
            drop: 0.2,
            unanswered: 0.15,
            refuse: [
              { status: 503, share: 0.15 },
              { status: 401, share: 0.1 },
            ],
          },
        },
      },
      async ({ simulator, daemon }) => {
        const calls = Array.from({ length: 10 }, (_, index) => queuedCall(simulator, index));
        for (let round = 0; round < 6; round += 1) {
          for (const call of calls) call.bump();
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        // faults end, and a last event tells the state to whoever missed it
        Object.assign(simulator.faults, { drop: 0, unanswered: 0, refuse: [] });
        for (const call of calls) call.bump();
        await eventually('all attributes are there', () =>
          calls.every((call) => customerAttributes(call)['seen'] === 'yes' && customerAttributes(call)['agents'] === '0'),
        );
        await eventually('nothing is pending', () => daemon.writer.pending === 0);
        expect(simulator.ledger.overlaps).to.equal(0);
      },
    ));

  it('too many requests: holds every call as long as it is told, and loses nothing', () =>
    inHouse({ config: follow, scenario: { faults: {} } }, async ({ simulator, daemon, log }) => {
      const call = queuedCall(simulator);
      await eventually('the first attribute is there', () => customerAttributes(call)['agents'] === '0');
      simulator.faults.refuse = [{ status: 429, share: 1 }];
      call.perform({ do: 'alert', userId: simulator.users[0] ?? '' });
      await eventually('it is throttled', () => log.of('budget.throttled').length > 0);
      expect(daemon.notReady()).to.deep.equal(['the budget is used up']);
      simulator.faults.refuse = [];
      await eventually('the attribute is there', () => customerAttributes(call)['agents'] === '1');
    }));

  it('refused credentials at start end it, and its log tells no secret', async () => {
    const simulator = await openSimulator();
    const { daemon, log } = makeDaemon(simulator, { genesys: { clientId: 'stranger' } });
    try {
      await daemon.start().then(
        () => expect.fail('it started'),
        (error: unknown) => {
          expect(String(error)).to.contain('the OAuth client was refused (status 401, invalid_client)');
        },
      );
      expect(log.of('auth.refused')[0]).to.include({ status: 401, code: 'invalid_client' });
      expect(log.text).not.to.contain(simulator.client.secret);
    } finally {
      await daemon.stop();
      await simulator.close();
    }
  });

  it('topics that are refused are told one by one, and it is not ready when none is left', async () => {
    const simulator = await openSimulator({ permissions: ['conversation:view', 'conversation:write'] });
    const { daemon, log } = makeDaemon(simulator);
    try {
      await daemon.start();
      expect(log.of('topics.rejected')).to.deep.include({
        topic: simulator.topics[0],
        reason: 'missing.permissions',
        missingPermissions: ['routing:queue:view'],
      });
      expect(log.of('topics.rejected')).to.have.length(2);
      expect(daemon.notReady()).to.deep.equal(['no topic is permitted']);
    } finally {
      await daemon.stop();
      await simulator.close();
    }
  });

  it('stopping writes what waits within stop.drain, and takes nothing more', async () => {
    const simulator = await openSimulator({ faults: { latencyUp: [20, 20], latencyDown: [20, 20] } });
    const { daemon } = makeDaemon(simulator, { write: { policy: 'debounce', quiet: '30s', maxWait: '60s' } });
    try {
      await daemon.start();
      const call = queuedCall(simulator);
      await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
      const url = `http://${daemon.address ?? ''}/conversations/${call.id}/participants/@customer/attributes`;
      const options = {
        method: 'PUT',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"attributes":{"tier":"gold"}}',
      };
      expect((await fetch(url, options)).status).to.equal(202);
      const stopped = daemon.stop();
      expect((await fetch(url, options)).status).to.equal(503);
      expect(await stopped).to.equal(0);
      expect(customerAttributes(call)).to.deep.equal({ tier: 'gold' });
    } finally {
      await daemon.stop();
      await simulator.close();
    }
  });
});
