/** What was seen of a participant's attributes: proof that something was written there arrived, or was overwritten. */
export interface Evidence {
  /** An event with all of them, an event with some of them, or a read that was asked after all own writes were answered. */
  from: 'event' | 'part' | 'read';
  participantId: string;
  attributes: Readonly<Record<string, string>>;
  /** As of which version, if that is on the same count as the ETags of own writes. */
  version: number | undefined;
}
