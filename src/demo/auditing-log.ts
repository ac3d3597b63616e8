import type { Log } from '../observe/log.js';
import { versionOf, type Auditor } from './auditor.js';

/** A log that is not shown: it tells the auditor what the daemon sends and what answers tell it. */
export function auditingLog(auditor: Auditor): Log {
  const write: Log['info'] = (event, _, fields = {}) => {
    if (!event.startsWith('write.')) return;
    const { conversationId, etag, currentEtag } = typeof fields === 'function' ? fields() : fields;
    if (event === 'write.sent') auditor.sends(String(conversationId), String(etag));
    if (event === 'write.applied') auditor.told(String(conversationId), versionOf(etag));
    if (event === 'write.conflict') auditor.told(String(conversationId), versionOf(currentEtag));
  };
  return {
    values: false,
    dropped: 0,
    configure: () => undefined,
    error: write,
    warn: write,
    info: write,
    debug: write,
    close: () => Promise.resolve(),
  };
}
