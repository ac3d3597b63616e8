/** An error of the platform's API (genesys-cloud.md §7). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { headers = {}, params = {} }: { headers?: Record<string, string>; params?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.params = params;
  }

  /** The body that the platform sends with it. */
  body(contextId: string): Record<string, unknown> {
    return {
      message: this.message,
      code: this.code,
      status: this.status,
      messageWithParams: this.message,
      messageParams: this.params,
      contextId,
      details: [],
      errors: [],
    };
  }
}

export const notFound = (what: string): ApiError => new ApiError(404, 'not.found', `The requested ${what} was not found`);
export const badRequest = (message: string, code = 'bad.request'): ApiError => new ApiError(400, code, message);
export const unauthorized = (): ApiError => new ApiError(401, 'bad.credentials', 'Invalid login credentials.');
export const unauthenticated = (): ApiError =>
  new ApiError(401, 'authentication.required', 'No authentication bearer token specified in authorization header.');
export const forbidden = (permission: string): ApiError =>
  new ApiError(
    403,
    'missing.permissions',
    `Unable to perform the requested action. You are missing the following permission(s): ${permission}`,
    { params: { permissions: permission } },
  );
