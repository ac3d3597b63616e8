/** A channel lives so long from its last subscription, in ms (genesys-cloud.md §2), where its answer does not tell. */
const documentedLife = 24 * 3_600_000;

/** A channel is not replaced sooner after it was made, in ms, however short its life is told to be. */
const leastLife = 1_000;

/** When a channel has to be seen to, as the clock's ms. */
export interface ChannelLife {
  /** When the channel itself expires, and its token, with which it dies. */
  channelEnds: number;
  tokenEnds: number;
  /** How long the channel lives from a subscription. */
  length: number;
  madeAt: number;
}

/**
 * The life of a channel that was made now.
 * @param expires ISO time, as the platform told it
 * @param tokenEnds clock's ms; undefined if the token is gone already
 */
export function lifeOf(
  { expires, tokenEnds }: { expires: string | undefined; tokenEnds: number | undefined },
  { now, wall }: { now: number; wall: number },
): ChannelLife {
  const told = Date.parse(expires ?? '') - wall;
  // a clock that is wrong by more than the channel's life tells nothing
  const length = told > 0 && told <= documentedLife * 2 ? told : documentedLife;
  return { channelEnds: now + length, tokenEnds: tokenEnds ?? now + length, length, madeAt: now };
}

/** A token outlives its channel if it does so by this share of the channel's life: less is how clocks and answers are. */
const outlives = 0.1;

/**
 * When something must be done before the channel ends, and what: `rotate` where a new one is needed, `renew` where the
 * token outlives the channel, so that subscribing again is enough.
 * @param rotateBefore how long before the end, but never more than half of the life (ms)
 */
export function dueOf(life: ChannelLife, rotateBefore: number): { at: number; what: 'rotate' | 'renew' } {
  const { channelEnds, tokenEnds, madeAt, length } = life;
  const end = Math.min(channelEnds, tokenEnds);
  return {
    at: Math.max(madeAt + leastLife, end - Math.min(rotateBefore, (end - madeAt) / 2)),
    what: tokenEnds - channelEnds > length * outlives ? 'renew' : 'rotate',
  };
}

/** The life after the channel's topics were subscribed to again. */
export function renewed(life: ChannelLife, now: number): ChannelLife {
  return { ...life, channelEnds: now + life.length };
}
