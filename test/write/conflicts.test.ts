import { expect } from 'chai';
import { Conflicts, mostRefusalsOfOneEtag } from '../../src/write/conflicts.js';

describe('conflicts in a row', () => {
  it('are none when the same ETag is refused again and again, and then it is counted anew', () => {
    const conflicts = new Conflicts();
    const met = Array.from({ length: 2 * mostRefusalsOfOneEtag }, () => conflicts.met('"7"'));
    expect(met).to.deep.equal([false, false, true, false, false, true]);
    expect(conflicts.met('"8"')).to.equal(false);
    expect(conflicts.inARow).to.equal(7);
  });

  it('leave room for others only after many of them, and when calls are scarce', () => {
    const conflicts = new Conflicts();
    for (let count = 1; count <= 12; count += 1) {
      conflicts.met(`"${count}"`);
      expect(conflicts.pause(0.1, () => 1)).to.equal(0);
    }
    conflicts.met('"13"');
    expect(conflicts.pause(0.5, () => 1)).to.equal(0);
    expect(conflicts.pause(0.49, () => 1)).to.be.above(0);
    for (let count = 14; count <= 30; count += 1) conflicts.met(`"${count}"`);
    expect(conflicts.pause(0.1, () => 1)).to.equal(250);
    conflicts.over();
    expect(conflicts.pause(0.1, () => 1)).to.equal(0);
  });
});
