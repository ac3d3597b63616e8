/** What came back; no library type leaves this module, as an AxiosError carries the Authorization header. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or the text if it is none, or undefined if it is empty. */
  body: unknown;
  /** The platform's error code, from the body. */
  code: string | undefined;
  correlationId: string | undefined;
}
