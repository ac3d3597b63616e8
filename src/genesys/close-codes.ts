/** What to do when a socket is gone: connect to the same channel again, or make a new one. */
export type CloseDecision = 'same-channel' | 'new-channel';

/** Close code → decision (genesys-cloud.md §3, RFC 6455 §7.4.1). Subscriptions belong to the channel and survive. */
const decisions: Readonly<Record<number, CloseDecision>> = {
  1000: 'same-channel', // normal: idle or maintenance
  1001: 'same-channel', // going away: the server restarts
  1002: 'same-channel', // protocol error
  1003: 'same-channel', // data of a kind it does not take
  1006: 'same-channel', // no close frame: the network, or terminated here
  1008: 'new-channel', // policy: this channel is not welcome any more
  1009: 'same-channel', // a frame was too large
  1011: 'same-channel', // the server failed
  1012: 'same-channel', // restart
  1013: 'same-channel', // try again later
};

/** The decision for a close code; an unknown one is taken for trouble with the channel. */
export function decideClose(code: number): CloseDecision {
  return decisions[code] ?? 'new-channel';
}

/** The decision for an upgrade that was answered by an HTTP status: 4xx says that there is no such channel for us. */
export function decideUpgrade(status: number): CloseDecision {
  return status >= 400 && status < 500 && status !== 429 ? 'new-channel' : 'same-channel';
}
