import { expect } from 'chai';
import { decideClose, decideUpgrade } from '../../src/genesys/close-codes.js';

describe('decideClose', () => {
  for (const code of [1000, 1001, 1002, 1003, 1006, 1007, 1009, 1011, 1012, 1013, 1014]) {
    it(`connects to the same channel after ${code}`, () => {
      expect(decideClose(code)).to.equal('same-channel');
    });
  }
  for (const code of [1008, 3000, 4000, 4999, 0, -1, NaN]) {
    it(`makes a new channel after ${code}`, () => {
      expect(decideClose(code)).to.equal('new-channel');
    });
  }
});

describe('decideUpgrade', () => {
  for (const status of [400, 401, 403, 404, 410, 499]) {
    it(`makes a new channel when the upgrade is answered with ${status}`, () => {
      expect(decideUpgrade(status)).to.equal('new-channel');
    });
  }
  for (const status of [0, 200, 302, 429, 500, 502, 503]) {
    it(`tries the same channel again when the upgrade is answered with ${status}`, () => {
      expect(decideUpgrade(status)).to.equal('same-channel');
    });
  }
});
