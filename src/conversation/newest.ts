/** A count of arrivals: each event and each gap gets the next number, so that "before" and "after" can be told. */
export type Order = number;

/** What is known of the precondition of one resource. */
export interface Known {
  readonly etag?: string | undefined;
  readonly version?: number | undefined;
  /** Whether the ETag was built from an event's version rather than told by an answer or an event. */
  readonly built: boolean;
  /** Whether something newer is known to exist, or may: the ETag must be read before a write. */
  readonly stale: boolean;
  /** Whether events may have been missed since: what was seen of the resource may not stand any more. */
  readonly unseen: boolean;
  /** When the last event or gap arrived. */
  readonly lastEvent: Order;
  /** When the last answer came (clock's ms). */
  readonly answeredAt: number;
  /** The version that was refused although it was the newest known, if that was the last thing heard. */
  readonly refused?: number | undefined;
}

export const nothingKnown: Known = { built: false, stale: true, unseen: false, lastEvent: 0, answeredAt: -Infinity };

/** What is newly told about a resource. */
export type News =
  | { from: 'event'; arrived: Order; now: number; version?: number | undefined; etag?: string | undefined }
  | { from: 'gap'; arrived: Order }
  /**
   * An answer to a request that was written when `asked` was the newest order. `sent` is the ETag of a write; a refused
   * one (conflict) makes it stale, an accepted one makes any ETag before it stale.
   */
  | {
      from: 'answer';
      asked: Order;
      now: number;
      etag?: string | undefined;
      version?: number | undefined;
      sent?: string | undefined;
      accepted: boolean;
    };

/**
 * An event with an ETag but no version that arrives so soon after an answer, in ms, may be older than it: events take
 * up to some hundred ms, seldom more (when-to-write.md). It is settled by a read, not by a guess.
 */
const crossing = 2_000;

/** The ETag that stands for an event's version on the `voice` resources (design.md §6). */
export function etagOfVersion(version: number): string {
  return `"${version}"`;
}

/** The version that an ETag of that form stands for. */
export function versionOfEtag(etag: string | undefined): number | undefined {
  const [, digits] = /^"(\d{1,16})"$/.exec(etag ?? '') ?? [];
  const version = Number(digits);
  // as far as events' versions are taken, so that any ETag that was built from one can be judged by its refusal
  return Number.isSafeInteger(version) ? version : undefined;
}

/** An ETag that can be compared strongly: a weak one never matches (RFC 9110 §8.8.3.2). */
export function strong(etag: string | undefined): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) ? etag : undefined;
}

/**
 * The newest of what was known and what is told. Pure; ordered by version where there is one, else by arrival, and
 * stale where that cannot decide.
 * @param versionsAreEtags whether an event's version n still stands for ETag `"n"`
 */
export function newest(known: Known, news: News, versionsAreEtags: boolean): Known {
  switch (news.from) {
    case 'gap':
      return { ...known, stale: true, unseen: true, lastEvent: news.arrived };
    case 'event':
      return afterEvent(known, news, versionsAreEtags);
    case 'answer':
      return afterAnswer(known, news, versionsAreEtags);
  }
}

function afterEvent(known: Known, { arrived, now, version, etag: told }: News & { from: 'event' }, versionsAreEtags: boolean): Known {
  const heard = { ...known, lastEvent: arrived };
  const etag = strong(told);
  // a version that was taken from an ETag is on another count where versions are no ETags
  const before = versionsAreEtags || known.version !== versionOfEtag(known.etag) ? known.version : undefined;
  if (version !== undefined && before !== undefined && version <= before) {
    // a repetition tells nothing new, unless it brings the ETag that was missing
    const seen = version === before ? { ...heard, unseen: false } : heard;
    return version === before && etag !== undefined && known.etag === undefined ? { ...seen, etag, built: false, stale: false } : seen;
  }
  // without a common count it may be from before an answer that just came: its content proves nothing
  const next = {
    ...heard,
    unseen: (version === undefined || before === undefined) && now - known.answeredAt < crossing,
    refused: undefined,
  };
  if (version !== undefined) {
    if (etag !== undefined) return { ...next, version, etag, built: false, stale: false };
    if (versionsAreEtags) return { ...next, version, etag: etagOfVersion(version), built: true, stale: false };
    return { ...next, version, stale: true };
  }
  if (etag === undefined) return { ...next, stale: true };
  if (etag === known.etag) return next;
  return { ...next, etag, built: false, version: undefined, stale: now - known.answeredAt < crossing };
}

function afterAnswer(known: Known, answer: News & { from: 'answer' }, versionsAreEtags: boolean): Known {
  const { asked, now, accepted, sent } = answer;
  const bodyEtag = accepted && versionsAreEtags && answer.version !== undefined ? etagOfVersion(answer.version) : undefined;
  const etag = strong(answer.etag) ?? bodyEtag;
  // a refusal tells of a change whose content was not shown, unless an event has told of it meanwhile; a write shows only its own keys
  const unseen = accepted ? known.unseen && sent !== undefined : known.unseen || known.etag === sent;
  const next = { ...known, answeredAt: now, unseen };
  const refused = accepted ? known.refused : versionOfEtag(sent);
  if (etag === undefined || (!accepted && etag === sent)) {
    // a write moves the resource, and a refused one shows that its ETag is old
    const usedUp = sent !== undefined && (known.etag === sent || (accepted && known.version === undefined));
    return usedUp ? { ...next, stale: true, refused } : next;
  }
  const version = versionsAreEtags ? (versionOfEtag(etag) ?? answer.version) : answer.version;
  if (version !== undefined && known.version !== undefined && version < known.version) {
    // older than what events told: a lagging replica. The newest known stands, unless that is what was just refused
    return known.etag === undefined || (!accepted && known.etag === sent) ? { ...next, refused } : { ...next, stale: false };
  }
  const ordered = version !== undefined && known.version !== undefined;
  const crossed = !ordered && known.lastEvent > asked && etag !== known.etag;
  return { ...next, etag, version, built: false, stale: crossed, refused: undefined };
}

/**
 * Whether an answer shows that event versions are no ETags in this org: its ETag is not of that form, or it is lower
 * than a version that was refused although no newer one was known.
 */
export function contradicts(known: Known, answer: { etag?: string | undefined; sent?: string | undefined; accepted: boolean }): boolean {
  const etag = strong(answer.etag);
  if (etag === undefined || known.version === undefined) return false;
  const version = versionOfEtag(etag);
  if (version === undefined) return true;
  const refused = answer.accepted ? known.refused : versionOfEtag(answer.sent);
  return refused !== undefined && refused === known.version && version < refused;
}
