/** Whose it is to write a conversation: in a fleet one instance's, for a time; a lone daemon's, for ever. */
export interface Tenure {
  /** A write takes so long at most, in ms, and is begun only with so much left; undefined: as long as any request. */
  readonly writeWithin: number | undefined;
  /** Whether it is this instance's, as far as is known: its lease may be late to be renewed, and is not over yet. */
  owns(conversationId: string): boolean;
  /** For how long it is sure to last, in ms; 0: nothing may be written just now. */
  left(conversationId: string): number;
  /** Its fencing token, greater than that of everybody before; undefined where there is none. */
  fence(conversationId: string): number | undefined;
}

/** Of a daemon that shares nothing with anybody. */
export const alone: Tenure = { writeWithin: undefined, owns: () => true, left: () => Infinity, fence: () => undefined };

/** Whether a write may be begun now. */
export function mayWrite(tenure: Tenure, conversationId: string): boolean {
  return tenure.left(conversationId) > (tenure.writeWithin ?? 0);
}
