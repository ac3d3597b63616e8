import { expect } from 'chai';
import { Auditor, versionOf } from '../../src/demo/auditor.js';
import { auditingLog } from '../../src/demo/auditing-log.js';

describe('the auditor of the demo', () => {
  it('counts writes whose ETag the client already knew to be stale', () => {
    const auditor = new Auditor();
    auditor.sends('c', '"1"');
    auditor.told('c', 3);
    auditor.told('c', 2);
    auditor.sends('c', '"3"');
    auditor.sends('d', '"1"');
    expect(auditor.knownStale).to.equal(0);
    auditor.sends('c', '"2"');
    expect(auditor.knownStale).to.equal(1);
  });

  it('learns nothing from what is no version', () => {
    const auditor = new Auditor();
    for (const version of [undefined, '9', NaN, null]) auditor.told('c', version);
    auditor.sends('c', '"1"');
    expect(auditor.knownStale).to.equal(0);
  });

  it('reads a version from an ETag', () => {
    expect(versionOf('"17"')).to.equal(17);
    for (const other of ['17', 'W/"17"', '"a"', '', undefined, 17]) expect(versionOf(other)).to.be.NaN;
  });

  it('learns from the log of the daemon what it sends and what it is told', () => {
    const auditor = new Auditor();
    const log = auditingLog(auditor);
    log.debug('write.sent', 'a PATCH went to the wire', () => ({ conversationId: 'c', etag: '"4"' }));
    log.info('write.conflict', 'it has changed', { conversationId: 'c', currentEtag: '"6"' });
    log.debug('write.sent', 'a PATCH went to the wire', { conversationId: 'c', etag: '"6"' });
    log.info('write.applied', 'it was taken', { conversationId: 'c', etag: '"7"' });
    expect(auditor.knownStale).to.equal(0);
    log.debug('write.sent', 'a PATCH went to the wire', { conversationId: 'c', etag: '"6"' });
    expect(auditor.knownStale).to.equal(1);
  });

  it('learns nothing from other lines', async () => {
    const auditor = new Auditor();
    const log = auditingLog(auditor);
    log.info('daemon.ready', 'it is ready');
    log.warn('write.sent', 'without fields');
    expect(auditor.knownStale).to.equal(0);
    expect(log.values).to.be.false;
    await log.close();
  });
});
