/** What to do when a socket is gone or will be: connect to the same channel again, make a new channel, or make it before the old one goes. */
export type CloseDecision = 'same-channel' | 'new-channel';
export type Decision = CloseDecision | 'rotate';

/**
 * How a socket ends, or is told to end, → decision. Close codes are of RFC 6455 §7.4.1, upgrades are HTTP statuses, frames
 * are `v2.system` topics (genesys-cloud.md §2, §3). Subscriptions belong to the channel and survive a socket.
 */
const decisions: Readonly<Record<string, Decision>> = {
  'close 1000': 'same-channel', // normal: idle or maintenance, or a second socket on this channel
  'close 1001': 'same-channel', // going away: the server restarts
  'close 1002': 'same-channel', // protocol error
  'close 1003': 'same-channel', // data of a kind it does not take
  'close 1006': 'same-channel', // no close frame: the network, or terminated here
  'close 1007': 'same-channel', // a text that is no UTF-8
  'close 1008': 'new-channel', // policy: this channel is not welcome any more
  'close 1009': 'same-channel', // a frame was too large
  'close 1011': 'same-channel', // the server failed
  'close 1012': 'same-channel', // restart
  'close 1013': 'same-channel', // try again later
  'close 1014': 'same-channel', // a gateway had trouble behind it
  'close other': 'new-channel', // trouble with the channel
  'upgrade 400': 'new-channel', // no such channel for us
  'upgrade 401': 'new-channel', // its token is gone
  'upgrade 403': 'new-channel', // not ours any more
  'upgrade 404': 'new-channel', // gone: expired, or another one took its place
  'upgrade 408': 'same-channel', // the server was too slow
  'upgrade 410': 'new-channel', // gone for good
  'upgrade 429': 'same-channel', // too many at once
  'upgrade 4xx': 'new-channel', // any other refusal is about the channel
  'upgrade other': 'same-channel', // the host is out of order, or something in between is
  'frame socket_closing': 'rotate', // the server closes it in about a minute
  'frame no_longer_subscribed': 'new-channel', // evicted by a 21st channel of this OAuth client
  'frame token_revoked': 'new-channel', // it died with its token
};

/** The decision for a close code. */
export function decideClose(code: number): CloseDecision {
  return closed(decisions[`close ${code}`] ?? decisions['close other']);
}

/** The decision for an upgrade that was answered by an HTTP status. */
export function decideUpgrade(status: number): CloseDecision {
  const kind = status >= 400 && status < 500 ? '4xx' : 'other';
  return closed(decisions[`upgrade ${status}`] ?? decisions[`upgrade ${kind}`]);
}

/** The decision for what a `v2.system` frame tells; undefined for one that tells of no end. */
export function decideFrame(name: string): Decision | undefined {
  return decisions[`frame ${name}`];
}

/** What is gone cannot be rotated any more. */
function closed(decision: Decision | undefined): CloseDecision {
  return decision === 'same-channel' ? decision : 'new-channel';
}
