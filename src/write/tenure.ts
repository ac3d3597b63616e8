/** Whose it is to write a conversation: in a fleet one instance's, for a time; a lone daemon's, for ever. */
export interface Tenure {
  /** A write takes so long at most, in ms, and is begun only with so much left; undefined: as long as any request. */
  readonly writeWithin: number | undefined;
  /** For how long it is sure to last, in ms; 0: it is not this instance's to write. */
  left(conversationId: string): number;
  /** Its fencing token, greater than that of everybody before; undefined where there is none. */
  fence(conversationId: string): number | undefined;
}

/** Of a daemon that shares nothing with anybody. */
export const alone: Tenure = { writeWithin: undefined, left: () => Infinity, fence: () => undefined };

/** Whether a write may be begun now. */
export function mayWrite(tenure: Tenure, conversationId: string): boolean {
  return tenure.left(conversationId) > (tenure.writeWithin ?? 0);
}
