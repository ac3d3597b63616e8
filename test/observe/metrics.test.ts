import { expect } from 'chai';
import { metricList } from '../../src/observe/metric-list.js';
import { Metrics } from '../../src/observe/metrics.js';
import { FakeClock } from '../support/fake-clock.js';

/** Lines of the exposition that are no comments. */
async function samples(metrics: Metrics): Promise<string[]> {
  const { text } = await metrics.exposition();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the metrics', () => {
  let clock: FakeClock;
  let metrics: Metrics;
  beforeEach(() => {
    clock = new FakeClock();
    metrics = new Metrics({ version: '1.2.3', node: 'v20.0.0', clock });
  });

  it('tell what runs', async () => {
    expect(await samples(metrics)).to.include('attributed_build_info{version="1.2.3",node="v20.0.0"} 1');
  });

  it('are read when they are asked for, each time anew', async () => {
    let value = 1;
    metrics.read('frames_total', () => value);
    metrics.read('topics', () => ({ permitted: value, rejected: 0 }));
    expect(await samples(metrics)).to.include.members([
      'attributed_frames_total 1',
      'attributed_topics{state="permitted"} 1',
      'attributed_topics{state="rejected"} 0',
    ]);
    value = 5;
    expect(await samples(metrics)).to.include.members(['attributed_frames_total 5', 'attributed_topics{state="permitted"} 5']);
  });

  it('leave out what has no value now', async () => {
    let value: number | undefined = 3;
    metrics.read('channel_last_frame_seconds', () => value);
    expect(await samples(metrics)).to.include('attributed_channel_last_frame_seconds 3');
    value = undefined;
    expect((await samples(metrics)).filter((line) => line.includes('last_frame'))).to.be.empty;
  });

  it('count values in the buckets of their list, with the label where there is one', async () => {
    metrics.observe('write_attempts', 2);
    metrics.observe('lookup_seconds', 0.2, 'crm');
    const lines = await samples(metrics);
    expect(lines).to.include.members([
      'attributed_write_attempts_bucket{le="1"} 0',
      'attributed_write_attempts_bucket{le="2"} 1',
      'attributed_write_attempts_count 1',
      'attributed_lookup_seconds_bucket{le="0.25",lookup="crm"} 1',
      'attributed_lookup_seconds_sum{lookup="crm"} 0.2',
    ]);
  });

  it('tell the values of the last minute too, by label; a label without any is forgotten', async () => {
    metrics.observe('intent_to_applied_seconds', 0.3);
    metrics.observe('lookup_seconds', 0.2, 'crm');
    await clock.advance(40_000);
    metrics.observe('lookup_seconds', 0.4, 'other');
    expect([...metrics.recently('intent_to_applied_seconds')]).to.deep.equal([['', { count: 1, p50: 0.3, p95: 0.3, max: 0.3 }]]);
    expect([...metrics.recently('lookup_seconds').keys()]).to.deep.equal(['crm', 'other']);
    expect([...metrics.recently('write_attempts')]).to.deep.equal([]);
    await clock.advance(30_000);
    expect([...metrics.recently('lookup_seconds').keys()]).to.deep.equal(['other']);
  });

  it('come with type and meaning, in the text format', async () => {
    const { contentType, text } = await metrics.exposition();
    expect(contentType).to.match(/^text\/plain; version=0\.0\.4/);
    expect(text)
      .to.contain(`# HELP attributed_write_attempts ${metricList.write_attempts.says}`)
      .and.to.contain('# TYPE attributed_write_attempts histogram');
  });
});
