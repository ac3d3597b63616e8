/** What an operator reads about a log event in the README's table; `npm run docs` writes that table from here. */
export interface LogEvent {
  level: 'error' | 'warn' | 'info' | 'debug';
  fields: string;
  says: string;
  /**
   * Lines of the event that are alike in these fields are told once within ten seconds, and then with their number.
   * Without it every line is written.
   */
  groupedBy?: readonly string[];
}

/** Every log event there is: names are stable, and the compiler refuses a log call with a name that is not here. */
export const logEvents = {
  'daemon.started': { level: 'info', fields: 'version, node, pid', says: 'the process runs and reads its config' },
  'daemon.ready': { level: 'info', fields: 'listen, tookMs', says: 'subscribed and able to write, for the first time' },
  'daemon.stopping': { level: 'info', fields: 'signal, pending', says: 'SIGTERM or SIGINT: intake stopped, what is pending is flushed' },
  'daemon.stopped': {
    level: 'info',
    fields: 'left, exitCode',
    says: 'the last line of an end in order, clean where `exitCode` is 0; `left` intents were not finished',
  },
  'daemon.failed': { level: 'error', fields: 'error', says: 'it could not start, or a fault of this program ended it' },
  'notify.lost': {
    level: 'warn',
    fields: 'error, lost, againInMs',
    says: 'the helper that tells systemd how it goes has died, for the `lost`th time, and is started again',
  },
  'config.loaded': {
    level: 'info',
    fields: 'file',
    says: 'the config is valid',
  },
  'config.reloaded': {
    level: 'info',
    fields: 'file, changed, restart',
    says: 'SIGHUP, or the file changed: the fields in `changed` count from now on; at `warn` with those in `restart`, which wait for one',
  },
  'config.rejected': {
    level: 'warn',
    fields: 'file, line, column, path, fault',
    says: 'it cannot be reloaded: nothing has changed; once for each fault',
  },
  'config.unwatched': {
    level: 'warn',
    fields: 'file, error',
    says: '`reload.watch`: a change of the file cannot be seen; SIGHUP reloads it all the same',
  },
  'auth.token': { level: 'info', fields: 'expiresInSeconds, correlationId', says: 'a token was granted' },
  'auth.refused': {
    level: 'error',
    fields: 'status, code, correlationId',
    says: 'the OAuth client was refused; at start this ends the daemon with 77',
    groupedBy: ['status', 'code'],
  },
  'budget.throttled': {
    level: 'warn',
    fields: 'reason, forMs, waiting',
    says: 'calls wait: the minute is used up, or a 429 said Retry-After',
  },
  'breaker.opened': {
    level: 'warn',
    fields: 'host, failures, forMs, error',
    says: 'a host cannot be reached: calls to it fail at once, but for a probe after each pause; once an outage',
  },
  'breaker.closed': { level: 'info', fields: 'host, openMs', says: 'the host is there again, and writes that backed off go on' },
  'channel.created': {
    level: 'info',
    fields: 'channel, expires',
    says: 'a notification channel was made; its id is a secret, so what is shown is a digest',
  },
  'channel.connected': { level: 'info', fields: 'channel, tookMs', says: 'the socket is open' },
  'channel.closing': {
    level: 'warn',
    fields: 'channel, topic',
    says: 'the platform announced that it will close the socket, or ended the subscription',
    groupedBy: ['channel', 'topic'],
  },
  'channel.silent': {
    level: 'warn',
    fields: 'channel, silentMs',
    says: 'nothing was heard within silenceTimeout: the socket is taken for dead',
    groupedBy: ['channel'],
  },
  'channel.lost': {
    level: 'warn',
    fields: 'channel, closeCode, reason, retryInMs',
    says: 'the socket is gone; what was known counts as stale until it is read again',
    groupedBy: ['channel', 'closeCode', 'reason'],
  },
  'channel.rotated': {
    level: 'info',
    fields: 'channel, old, reason, tookMs',
    says: 'a new channel took over before the old one was closed: `expiry`, `closing` (announced), `stalled`, or `reload`',
  },
  'channel.evicted': {
    level: 'error',
    fields: 'channel, channels',
    says: 'another client uses this OAuth client’s channels: the platform keeps 20, and one of ours had to go',
  },
  'channel.uncounted': {
    level: 'debug',
    fields: 'error',
    says: 'a channel was gone before its time, and how many there are could not be asked',
  },
  'channel.stalled': {
    level: 'warn',
    fields: 'channel, lastEventMs, usualMs, found',
    says: 'connected, but no event for much longer than usual: the channel and its topics were asked for, and mended or replaced',
    groupedBy: ['channel', 'found'],
  },
  'channel.failed': {
    level: 'warn',
    fields: 'status, code, correlationId, error, retryInMs',
    says: 'a channel could not be made, subscribed or connected',
    groupedBy: ['status', 'code', 'error'],
  },
  'topics.subscribed': {
    level: 'info',
    fields: 'topic, topics',
    says: 'the platform permits this topic, or so many with it where there are more than 20',
  },
  'topics.rejected': {
    level: 'warn',
    fields: 'topic, reason, missingPermissions',
    says: 'the platform refuses this topic: grant the permissions to the OAuth client',
    groupedBy: ['topic', 'reason'],
  },
  'topics.full': { level: 'error', fields: 'topics', says: 'more topics than 18 channels hold: so many are not subscribed to' },
  'selector.expanded': {
    level: 'info',
    fields: 'selector, topics, added, removed',
    says: 'a selector stands for these topics now: at start, and when queues or users have changed',
  },
  'selector.empty': {
    level: 'warn',
    fields: 'selector, topics, added, removed',
    says: 'no queue or user fits a selector',
    groupedBy: ['selector'],
  },
  'selector.failed': {
    level: 'warn',
    fields: 'selector, status, code, correlationId, error',
    says: 'a selector could not be expanded: it stands for what it did before, and is tried again',
    groupedBy: ['selector', 'status', 'code', 'error'],
  },
  'frame.invalid': {
    level: 'warn',
    fields: 'error, bytes',
    says: 'a frame, or a message of a feed, could not be understood and was dropped',
    groupedBy: ['error'],
  },
  'feed.consuming': { level: 'info', fields: 'stream, subject', says: '`cluster.feeds`: events of this subject are taken in' },
  'feed.failed': {
    level: 'warn',
    fields: 'stream, subject, error, retryInMs',
    says: 'a feed cannot be consumed, as there is no such stream, perhaps: it is tried again',
    groupedBy: ['stream', 'subject', 'error'],
  },
  'gap.read': {
    level: 'info',
    fields: 'read, gone, found, tookMs',
    says: 'after a gap: conversations that were read again, those that are gone, and calls that began unseen',
  },
  'gap.unsearched': {
    level: 'warn',
    fields: 'status, code, correlationId, error',
    says: 'calls that began in a gap cannot be searched for (analytics:conversationDetail:view): their next event tells of them',
    groupedBy: ['status', 'code', 'error'],
  },
  'conversation.started': { level: 'info', fields: 'conversationId, version', says: 'seen for the first time' },
  'conversation.changed': {
    level: 'debug',
    fields: 'conversationId, version, etag, outcome, topic',
    says: 'an event told of it, after the first: `outcome` is newer, duplicate, older, or ignored where it showed nothing new',
  },
  'conversation.ended': { level: 'info', fields: 'conversationId, version', says: 'no participant is left' },
  'conversation.evicted': {
    level: 'warn',
    fields: 'conversationId, idleMs',
    says: '`conversations.max` is reached: the longest idle clean one was forgotten',
    groupedBy: [],
  },
  'conversation.full': {
    level: 'error',
    fields: 'conversationId, max',
    says: '`conversations.max` is reached and every one has something to write: one more is held, raise the limit',
    groupedBy: ['max'],
  },
  'conversation.etag': {
    level: 'warn',
    fields: 'conversationId, version, etag',
    says: 'event versions are not ETags in this org: from now on an event only means that the ETag must be read',
  },
  'intent.accepted': {
    level: 'info',
    fields: 'intentId, conversationId, participantId, rule, keys',
    says: 'a wish was accepted, from a rule or the local API',
  },
  'intent.satisfied': {
    level: 'info',
    fields: 'intentId, conversationId',
    says: 'every value already stood, or there was nothing to set: nothing is sent',
  },
  'intent.superseded': { level: 'info', fields: 'intentId, conversationId', says: 'every key has a newer wish' },
  'intent.confirmed': { level: 'info', fields: 'intentId, conversationId', says: 'an event or a read has shown what was written' },
  'intent.unconfirmed': {
    level: 'warn',
    fields: 'intentId, conversationId, reason, status, code, body, correlationId',
    says: 'the platform took it, but it cannot be read back, as the conversation is gone',
  },
  'intent.reasserted': {
    level: 'warn',
    fields: 'intentId, conversationId, participantId, keys, times',
    says: 'somebody else, such as the end of a flow, has overwritten what was written: it is written again',
  },
  'intent.dead': {
    level: 'error',
    fields: 'intentId, conversationId, reason, keys, status, code, body, correlationId, attempts',
    says: 'given up, and why; `overwritten` if others overwrote it more than `write.reassert` times',
  },
  'rule.failed': {
    level: 'warn',
    fields: 'rule, conversationId, error',
    says: 'an expression of the rule failed; other rules go on',
    groupedBy: ['rule', 'error'],
  },
  'rule.slow': {
    level: 'warn',
    fields: 'rule, conversationId, tookMs',
    says: 'the rule held the daemon for over 50 ms',
    groupedBy: ['rule'],
  },
  'lookup.failed': {
    level: 'warn',
    fields: 'conversationId, intentId, status, error, retryInMs',
    says: 'the lookup did not answer; without retryInMs it is not tried again',
    groupedBy: ['status', 'error'],
  },
  'write.waiting': {
    level: 'debug',
    fields: 'conversationId, participantId, intentIds, keys, attempt, reason, forMs, sinceStart, sinceLast',
    says: 'the merged wishes wait for `calm` (for so long, unless put off or hurried), or have waited for the `budget` so long; in a burst of events for what was learnt to cost least: ms since it began at most, and since its last event',
  },
  'write.sent': {
    level: 'debug',
    fields: 'conversationId, participantId, intentIds, keys, etag, attempt, waitedMs',
    says: 'a write went to the wire',
  },
  'write.applied': {
    level: 'info',
    fields: 'conversationId, participantId, intentIds, keys, etag, attempt, status, correlationId, waitedMs, tookMs',
    says: 'the platform took it',
  },
  'write.conflict': {
    level: 'info',
    fields: 'conversationId, participantId, intentIds, keys, etag, attempt, waitedMs, currentEtag, status, code, correlationId, tookMs',
    says: '409 or 412: sent again at once with the newest ETag',
  },
  'write.failed': {
    level: 'warn',
    fields:
      'conversationId, participantId, intentIds, keys, etag, attempt, status, code, body, correlationId, waitedMs, tookMs, error, retryInMs',
    says: 'refused or not answered; with retryInMs it is tried again',
  },
  'write.held': {
    level: 'info',
    fields: 'conversationId, participantId, intentIds, keys, attempt',
    says: '`write.enabled: false`: this would have been sent',
  },
  'deadletter.retried': {
    level: 'info',
    fields: 'intentId, conversationId, participantId, rule, keys, leftOut',
    says: 'a dead letter was accepted anew on request; newer wishes have set the keys in `leftOut`',
  },
  'deadletter.dropped': {
    level: 'info',
    fields: 'intentId, conversationId, participantId, rule, keys',
    says: 'a dead letter was dropped on request',
  },
  'cluster.joined': { level: 'info', fields: 'instance', says: '`cluster`: this instance is a member of the fleet' },
  'cluster.left': { level: 'info', fields: 'instance', says: 'it has handed all over and is a member no more' },
  'cluster.rival': {
    level: 'error',
    fields: 'instance',
    says: 'another daemon has this name and stays: each needs a `cluster.instance` of its own',
  },
  'cluster.members': { level: 'info', fields: 'members', says: 'the members of the fleet, whenever they are others' },
  'cluster.taking': { level: 'debug', fields: 'partitions', says: 'partitions are free that are due to this instance' },
  'cluster.acquired': {
    level: 'info',
    fields: 'partitions, fences',
    says: 'these partitions of the conversations are this instance’s now; the fence of each grows with every owner',
  },
  'cluster.unread': {
    level: 'warn',
    fields: 'partition, fence, error',
    says: 'what is kept of a partition cannot be read for longer than a lease lasts: it is given back, for somebody else to try',
  },
  'cluster.released': {
    level: 'info',
    fields: 'partitions, fences',
    says: 'these partitions were handed over, with nothing under way',
  },
  'cluster.lost': {
    level: 'warn',
    fields: 'partitions, fences',
    says: 'the leases of these partitions are over: nothing is written there any more, another instance does',
  },
  'cluster.channel': {
    level: 'info',
    fields: 'shard',
    says: 'this instance has the channel of this share of the topics now, in place of another one',
  },
  'cluster.cut': {
    level: 'warn',
    fields: 'error',
    says: 'NATS cannot be reached: what this instance owns goes to others when its leases are over',
  },
  'cluster.back': { level: 'info', fields: '', says: 'NATS is reached again' },
  'cluster.unable': {
    level: 'warn',
    fields: '',
    says: 'this instance does not reach the platform: it hands what it owns to those that do',
  },
  'cluster.able': { level: 'info', fields: '', says: 'it reaches the platform again' },
  'cluster.moved': { level: 'info', fields: 'intents', says: 'what a lone daemon had left in `outbox.dir` is in the fleet’s outbox now' },
  'outbox.volatile': { level: 'warn', fields: '', says: 'intents are kept in memory only and do not survive the process' },
  'outbox.recovered': {
    level: 'info',
    fields: 'kept, open',
    says: 'intents of an earlier run were read back; the open ones are evaluated again',
  },
  'outbox.failed': {
    level: 'error',
    fields: 'error',
    says: 'the outbox could not be written: not ready until it can',
    groupedBy: ['error'],
  },
  'outbox.full': { level: 'error', fields: 'intents, bytes', says: 'the outbox takes no more: callers are told 503', groupedBy: [] },
  'http.listening': { level: 'info', fields: 'listen', says: 'the local API is open' },
  'webhook.rejected': {
    level: 'warn',
    fields: 'reason, bytes',
    says: 'a webhook was refused: a wrong signature, or a body that is no event of a conversation',
    groupedBy: ['reason'],
  },
  'http.failed': {
    level: 'error',
    fields: 'method, path, error',
    says: 'a fault of the local API; the caller got a 500',
    groupedBy: ['method', 'error'],
  },
  'log.dropped': {
    level: 'warn',
    fields: 'lines',
    says: 'whoever reads stdout was too slow, or `log.file` could not be written: so many lines were dropped here',
  },
} as const satisfies Record<string, LogEvent>;

export type LogEventName = keyof typeof logEvents;
