// An answer of the fake API server other than success: the HTTP status and the Status object's own words.

export type ApiErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'BadRequest'
  | 'Expired'
  | 'Gone'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Unauthorized'
  | 'Forbidden'
  | 'UnsupportedMediaType'
  | 'MethodNotAllowed';

const codes: Readonly<Record<ApiErrorReason, number>> = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  BadRequest: 400,
  Expired: 410,
  Gone: 410,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Unauthorized: 401,
  Forbidden: 403,
  UnsupportedMediaType: 415,
  MethodNotAllowed: 405,
};

/** The `metav1.Status` a real API server would send. */
export interface ApiStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: ApiErrorReason;
  readonly code: number;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiErrorReason;

  constructor(reason: ApiErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }

  get code(): number {
    return codes[this.reason];
  }

  toStatus(): ApiStatus {
    const { message, reason, code } = this;
    return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code };
  }
}
