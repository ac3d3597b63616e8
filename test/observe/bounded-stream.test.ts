import { expect } from 'chai';
import { BoundedStream } from '../../src/observe/bounded-stream.js';
import { linesOf } from '../../src/observe/lines.js';
import { settled } from '../support/fake-clock.js';
import { SlowTarget } from './slow-target.js';

const nineMiB = 'x'.repeat(9 * 1024 * 1024);

describe('a bounded stream', () => {
  let target: SlowTarget;
  let stream: BoundedStream;

  beforeEach(() => {
    target = new SlowTarget();
    stream = new BoundedStream({ target, lines: linesOf({ format: 'json' }) });
  });

  it('hands every line on, in order', () => {
    stream.write('one\n');
    stream.write('two\n');
    expect(target.text).to.equal('one\ntwo\n');
  });

  it('keeps lines for a target that is slow, up to its bound', async () => {
    target.hold();
    for (const line of ['one\n', 'two\n', 'three\n']) stream.write(line);
    expect(target.text).to.equal('one\n');
    target.release();
    await settled();
    expect(target.text).to.equal('one\ntwo\nthree\n');
  });

  it('drops lines beyond its bound, and tells how many before the next line that gets through', async () => {
    target.hold();
    stream.write(nineMiB);
    for (const line of ['lost\n', 'lost too\n', 'and this\n']) stream.write(line);
    target.release();
    await settled();
    target.text = '';
    stream.write('heard\n');
    await settled();

    const [told, heard, ...more] = target.lines;
    expect(JSON.parse(told ?? '')).to.include({ level: 'warn', event: 'log.dropped', lines: 3 });
    expect([heard, ...more]).to.deep.equal(['heard']);
  });

  it('tells what was dropped when it ends without another line', async () => {
    target.hold();
    stream.write(nineMiB);
    stream.write('lost\n');
    target.release();
    await settled();
    target.text = '';
    stream.end();
    await settled();
    expect(JSON.parse(target.lines[0] ?? '')).to.include({ event: 'log.dropped', lines: 1 });
  });

  it('ends only when the target has taken all, and leaves it open', async () => {
    let ended = false;
    target.hold();
    stream.write('one\n');
    stream.write('two\n');
    stream.end(() => {
      ended = true;
    });
    await settled();
    expect(ended).to.equal(false);
    target.release();
    await settled();
    expect({ ended, open: target.writable, text: target.text }).to.deep.equal({ ended: true, open: true, text: 'one\ntwo\n' });
  });

  it('tells dropped lines once, and counts anew from then on', async () => {
    for (const lost of [1, 2]) {
      target.hold();
      stream.write(nineMiB);
      for (let line = 0; line < lost; line += 1) stream.write('lost\n');
      target.release();
      await settled();
      target.text = '';
      stream.write('heard\n');
      stream.write('heard too\n');
      await settled();
      expect(target.lines).to.have.length(3);
      expect(JSON.parse(target.lines[0] ?? '')).to.include({ lines: lost });
    }
    expect(stream.dropped).to.equal(3);
  });

  it('never holds its writer up: a line is taken at once, dropped or not', () => {
    target.hold();
    stream.write(nineMiB);
    for (let line = 0; line < 100; line += 1) stream.write('lost\n');
    expect(stream.writableLength).to.equal(0);
    target.release();
  });
});
