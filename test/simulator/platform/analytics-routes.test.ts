import { expect } from 'chai';
import { Org } from '../org.js';

interface Answer {
  conversations?: { conversationId: string; participants: object[] }[];
  totalHits: number;
}

const path = '/api/v2/analytics/conversations/details/query';
const minute = 60_000;

/** An interval in minutes since the test began. */
function interval(org: Org, from: number, to: number): string {
  const at = (minutes: number): string => new Date(org.clock.wall() - org.clock.now() + minutes * minute).toISOString();
  return `${at(from)}/${at(to)}`;
}

async function query(org: Org, body: object): Promise<Answer> {
  const { status, body: answer } = await org.request('POST', path, { interval: interval(org, 0, 60), ...body });
  expect(status, JSON.stringify(answer)).to.equal(200);
  return answer as Answer;
}

const ids = ({ conversations = [] }: Answer): string[] => conversations.map(({ conversationId }) => conversationId);
const segments = (type: 'and' | 'or', ...predicates: object[]): object => ({ segmentFilters: [{ type, predicates }] });
const is = (dimension: string, value: string): object => ({ dimension, value });
const open = { conversationFilters: [{ type: 'and', predicates: [{ dimension: 'conversationEnd', operator: 'notExists' }] }] };

describe('the analytics route of the simulator', () => {
  it('tells a conversation as the platform does: queues in segments, users at participants', async () => {
    const org = new Org();
    const call = org.call();
    await org.clock.advance(minute);
    call.perform({ do: 'alert', userId: 'ada' });
    await org.clock.advance(minute);
    call.perform({ do: 'connect' });
    const answer = await query(org, {});
    const time = (minutes: number): string => interval(org, minutes, minutes).split('/')[0]!;
    const [customer, ivr, acd, agent] = call.conversation!.participants;
    const session = (participant: typeof agent, list: object[]): object => ({
      participantId: participant!.id,
      participantName: participant!.purpose,
      purpose: participant!.purpose,
      ...(participant!.userId === undefined ? {} : { userId: participant!.userId }),
      sessions: [
        {
          sessionId: participant!.callId,
          mediaType: 'voice',
          direction: 'inbound',
          ani: 'tel:+15551000000',
          dnis: 'tel:+18005550100',
          segments: list,
        },
      ],
    });
    expect(answer).to.deep.equal({
      conversations: [
        {
          conversationId: call.id,
          conversationStart: time(0),
          originatingDirection: 'inbound',
          participants: [
            session(customer, [{ segmentType: 'interact', segmentStart: time(0) }]),
            session(ivr, [{ segmentType: 'ivr', segmentStart: time(0), segmentEnd: time(0), disconnectType: 'transfer' }]),
            session(acd, [
              { segmentType: 'interact', segmentStart: time(0), segmentEnd: time(2), queueId: 'billing', disconnectType: 'transfer' },
            ]),
            session(agent, [
              { segmentType: 'alert', segmentStart: time(1), segmentEnd: time(2), queueId: 'billing' },
              { segmentType: 'interact', segmentStart: time(2), queueId: 'billing' },
            ]),
          ],
        },
      ],
      totalHits: 1,
    });
    call.perform({ do: 'hang-up' });
    expect((await query(org, {})).conversations?.[0]).to.have.property('conversationEnd', time(2));
  });

  it('finds what overlaps the interval, and has no list where there is nothing', async () => {
    const org = new Org();
    await org.clock.advance(10 * minute);
    const call = org.call();
    await org.clock.advance(10 * minute);
    const found = async (from: number, to: number): Promise<number> => ids(await query(org, { interval: interval(org, from, to) })).length;
    expect(await found(0, 10)).to.equal(0);
    expect(await found(0, 11)).to.equal(1);
    expect(await found(30, 40)).to.equal(1);
    call.perform({ do: 'hang-up' });
    expect(await found(30, 40)).to.equal(0);
    expect(await found(20, 40)).to.equal(1);
    expect(await query(org, { interval: interval(org, 0, 10) })).to.deep.equal({ totalHits: 0 });
  });

  it('takes times of any zone', async () => {
    const org = new Org();
    org.call();
    const wall = org.clock.wall();
    const local = new Date(wall + 2 * 60 * minute).toISOString().replace('Z', '+02:00');
    const end = new Date(wall + minute).toISOString();
    expect((await query(org, { interval: `${local}/${end}` })).totalHits).to.equal(1);
  });

  it('finds by queue and by user, and what has not ended', async () => {
    const org = new Org();
    const call = org.call('billing', 1);
    const other = org.call('sales', 2);
    const ended = org.call('billing', 3);
    call.perform({ do: 'alert', userId: 'ada' });
    other.perform({ do: 'alert', userId: 'bob' });
    ended.perform({ do: 'hang-up' });
    const found = async (body: object): Promise<string[]> => ids(await query(org, body)).sort();
    expect(await found(segments('or', is('queueId', 'sales')))).to.deep.equal([other.id]);
    expect(await found(segments('or', is('queueId', 'billing')))).to.deep.equal([call.id, ended.id].sort());
    expect(await found({ ...segments('or', is('queueId', 'billing'), is('queueId', 'sales')), ...open })).to.deep.equal(
      [call.id, other.id].sort(),
    );
    expect(await found({ ...segments('or', is('userId', 'ada'), is('userId', 'eve')), ...open })).to.deep.equal([call.id]);
    const over = { conversationFilters: [{ type: 'or', predicates: [{ dimension: 'conversationEnd', operator: 'exists' }] }] };
    expect(await found(over)).to.deep.equal([ended.id]);
  });

  it('asks one segment for all of a filter, and any segment for each filter', async () => {
    const org = new Org();
    const call = org.call('billing');
    call.perform({ do: 'alert', userId: 'ada' });
    call.perform({ do: 'connect' });
    call.perform({ do: 'transfer', queueId: 'sales' });
    call.perform({ do: 'enter-queue', queueId: 'sales' });
    const hits = async (body: object): Promise<number> => (await query(org, body)).totalHits;
    expect(await hits(segments('and', is('userId', 'ada'), is('queueId', 'billing')))).to.equal(1);
    expect(await hits(segments('and', is('userId', 'ada'), is('queueId', 'sales')))).to.equal(0);
    const [ada, sales] = [is('userId', 'ada'), is('queueId', 'sales')].map((predicate) => ({ type: 'and', predicates: [predicate] }));
    expect(await hits({ segmentFilters: [ada, sales] })).to.equal(1);
  });

  it('takes clauses, as the SDK does', async () => {
    const org = new Org();
    const call = org.call('billing', 1);
    org.call('sales', 2);
    const clauses = [
      {
        type: 'or',
        predicates: [{ type: 'dimension', dimension: 'queueId', operator: 'matches', value: 'billing' }, is('queueId', 'claims')],
      },
      {
        type: 'and',
        predicates: [is('mediaType', 'voice'), is('purpose', 'acd'), { dimension: 'segmentEnd', operator: 'notExists', value: null }],
      },
    ];
    expect(ids(await query(org, { segmentFilters: [{ type: 'and', clauses }] }))).to.deep.equal([call.id]);
    expect((await query(org, { segmentFilters: [{ type: 'or', clauses }] })).totalHits).to.equal(2);
    const clause = { type: 'or', predicates: [is('conversationId', call.id)] };
    expect(ids(await query(org, { conversationFilters: [{ type: 'and', clauses: [clause] }] }))).to.deep.equal([call.id]);
  });

  it('gives pages, by start or by end, in either order', async () => {
    const org = new Org();
    const calls: ReturnType<Org['call']>[] = [];
    for (let count = 0; count < 5; count += 1) {
      calls.push(org.call('billing', count));
      await org.clock.advance(minute);
    }
    const [a, b, c, d, e] = calls.map(({ id }) => id);
    const page = async (pageNumber: number, rest: object = {}): Promise<string[]> =>
      ids(await query(org, { paging: { pageSize: 2, pageNumber }, ...rest }));
    expect([await page(1), await page(2), await page(3), await page(4)]).to.deep.equal([[a, b], [c, d], [e], []]);
    expect(await page(1, { order: 'desc' })).to.deep.equal([e, d]);
    expect((await query(org, { paging: { pageSize: 2, pageNumber: 4 } })).totalHits).to.equal(5);
    calls[3]!.perform({ do: 'hang-up' });
    await org.clock.advance(minute);
    calls[1]!.perform({ do: 'hang-up' });
    expect(await page(1, { orderBy: 'conversationEnd' })).to.deep.equal([d, b]);
  });

  it('orders conversations of the same moment by their ids', async () => {
    const org = new Org();
    const made = [1, 2, 3, 4].map((seed) => org.call('billing', seed).id);
    expect(ids(await query(org, {}))).to.deep.equal([...made].sort());
  });

  const wrong: [string, object, string][] = [
    ['no interval', { interval: undefined }, 'interval'],
    ['one time only', { interval: '2024-01-01T00:00:00Z' }, 'interval'],
    ['three times', { interval: '2024-01-01T00:00Z/2024-01-02T00:00Z/2024-01-03T00:00Z' }, 'interval'],
    ['times without a zone', { interval: '2024-01-01T00:00/2024-01-02T00:00' }, 'interval'],
    ['times that are none', { interval: '2024-13-01T00:00Z/2024-14-01T00:00Z' }, 'interval'],
    ['an interval upside down', { interval: '2024-01-02T00:00Z/2024-01-01T00:00Z' }, 'interval'],
    ['an interval longer than 31 days', { interval: '2024-01-01T00:00Z/2024-02-01T00:01Z' }, 'interval'],
    ['a page of 101', { paging: { pageSize: 101, pageNumber: 1 } }, 'paging.pageSize'],
    ['page 0', { paging: { pageSize: 1, pageNumber: 0 } }, 'paging.pageNumber'],
    ['an unknown dimension', segments('or', is('mood', 'good')), 'segmentFilters.0.predicates.0.dimension'],
    ['a dimension of the other kind', { conversationFilters: [{ type: 'or', predicates: [is('queueId', 'q')] }] }, 'conversationFilters.0'],
    ['a predicate without a value', segments('or', { dimension: 'queueId' }), 'segmentFilters.0.predicates.0'],
    ['an empty filter', segments('or'), 'segmentFilters.0'],
    ['a kind of filter that is left out', { surveyFilters: [] }, 'surveyFilters'],
  ];
  for (const [what, body, named] of wrong) {
    it(`refuses ${what}`, async () => {
      const org = new Org();
      const { status, body: answer } = await org.request('POST', path, { interval: interval(org, 0, 1), ...body });
      expect(status).to.equal(400);
      expect(answer).to.have.property('message').that.includes(named);
    });
  }

  it('refuses a request without a body', async () => {
    const { status } = await new Org().request('POST', path, undefined, { 'content-type': 'application/json' });
    expect(status).to.equal(400);
  });

  it('asks for a permission', async () => {
    const { status, body } = await new Org({ permissions: ['routing:queue:view'] }).request('POST', path, {});
    expect(status).to.equal(403);
    expect(body).to.include({ code: 'missing.permissions' });
    expect(body).to.have.property('message').that.includes('analytics:conversationDetail:view');
  });
});
