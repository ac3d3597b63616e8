/** A participant as the platform keeps it. Times are ISO 8601. */
export interface SimParticipant {
  readonly id: string;
  readonly purpose: 'customer' | 'ivr' | 'acd' | 'agent';
  readonly name: string;
  readonly address: string;
  readonly ani: string;
  readonly dnis: string;
  readonly userId?: string;
  readonly queueId?: string;
  readonly callId: string;
  readonly startTime: string;
  state: 'alerting' | 'connected' | 'disconnected' | 'terminated';
  connectedTime?: string;
  endTime?: string;
  disconnectType?: 'client' | 'endpoint' | 'transfer' | 'timeout' | 'peer';
  held: boolean;
  muted: boolean;
  recording: boolean;
  wrapup: 'none' | 'pending' | 'done';
  attributes: Record<string, string>;
}

/** A conversation as the platform keeps it: any change makes its version one higher. */
export interface SimConversation {
  readonly id: string;
  readonly startTime: string;
  endTime?: string;
  version: number;
  readonly participants: SimParticipant[];
  /** `secureattributes` and `customattributes` have versions of their own (genesys-cloud.md §5). */
  secure: { attributes: Record<string, string>; version: number };
  readonly custom: Map<string, CustomRecord>;
}

/** A record of custom attributes, as `CustomAttributes` of the vendor's SDK tells it. */
export interface CustomRecord {
  readonly schemaId: string;
  readonly divisions: readonly string[];
  readonly customAttributes: Readonly<Record<string, unknown>>;
  /** When each attribute was last written. */
  readonly timestamps: Readonly<Record<string, string>>;
  readonly version: number;
  readonly dateCreated: string;
  readonly dateModified: string;
}
