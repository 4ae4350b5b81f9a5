/** Every way this system refuses a request, in one table: code, sentence, status. */
import type { Problem } from '#contracts/types.ts';

const table = {
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON' },
  INVALID_INPUT: { status: 400, title: 'The request does not match its schema' },
  INVALID_CURSOR: { status: 400, title: 'The cursor was not made by this list' },
  MALFORMED_PATH: { status: 400, title: 'The path is not valid percent-encoded text' },
  UNAUTHENTICATED: { status: 401, title: 'A valid bearer token is needed' },
  SIDECAR_ONLY: { status: 401, title: 'This address takes calls of the sidecar only' },
  FORBIDDEN: { status: 403, title: 'The token belongs to another user' },
  CROSS_SITE: { status: 403, title: 'This call did not come from the page' },
  TASK_NOT_FOUND: { status: 404, title: 'There is no such task' },
  TEMPLATE_NOT_FOUND: { status: 404, title: 'There is no such template' },
  SESSION_NOT_FOUND: { status: 404, title: 'There is no such conversation' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is nothing at this address' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, title: 'The first request with this Idempotency-Key is still under way' },
  CONFLICT: { status: 409, title: 'Someone else changed it at the same time' },
  REVISION_MISMATCH: { status: 412, title: 'It was changed since you read it' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than this service accepts' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json in UTF-8' },
  VALUE_OUT_OF_RANGE: { status: 422, title: 'A value is outside of what can be stored' },
  IDEMPOTENCY_MISMATCH: { status: 422, title: 'This Idempotency-Key was used for another request' },
  INVALID_RECURRENCE: { status: 422, title: 'The recurrence can not be used' },
  REFUSED: { status: 400, title: 'The request was refused' },
  TOO_MANY_STREAMS: { status: 429, title: 'This user has too many open streams' },
  INTERNAL: { status: 500, title: 'Something broke on our side' },
  METHOD_NOT_KNOWN: { status: 501, title: 'This method is not known' },
  STREAMS_FULL: { status: 503, title: 'There are too many open streams' },
  BACKEND_UNAVAILABLE: { status: 503, title: 'The service behind this one can not be reached' },
  IDENTITY_UNAVAILABLE: { status: 503, title: 'The identity provider does not answer' },
  BACKEND_TIMEOUT: {
    status: 504,
    title: 'The service behind this one gave no certain answer; whether the request was done is not known',
  },
  STORE_UNAVAILABLE: { status: 503, title: 'The database does not answer' },
  DEADLINE_EXCEEDED: { status: 503, title: 'The answer took too long; whether the request was done is not known' },
} as const;

export type ErrorCode = keyof typeof table;
export interface FieldError {
  /** JSON Pointer into the body; empty for the whole of it. */
  readonly pointer: string;
  readonly message: string;
}

/** What a problem of this code is called in an answer. */
export const problemTypeOf = (code: ErrorCode): string => `urn:problem:${code.toLowerCase().replaceAll('_', '-')}`;

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];

  constructor(code: ErrorCode, detail?: string, errors: readonly FieldError[] = [], cause?: unknown) {
    super(detail ?? table[code].title, { cause });
    this.name = 'AppError';
    this.code = code;
    this.errors = errors;
  }

  get status(): number {
    return table[this.code].status;
  }
}

/** Connection-level failures of the database client, and Postgres' own "not now": deadlocks, locks, limits, a server that only reads. */
const storeAway =
  /^(08|40|53|55|57)|^25006$|^(STORE_BUSY|STORE_TIMEOUT|CONNECT_TIMEOUT|CONNECTION_\w+|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT)$/;

/** What went wrong, in our own words. Anything unknown is INTERNAL, and its text stays out of the answer. */
export function appErrorOf(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown as { code?: unknown; status?: unknown; message?: string };
  const code = typeof error?.code === 'string' ? error.code : '';
  // Class 22 is "data exception": the net below the schemas, so that an odd value is never our fault.
  if (/^22...$/.test(code)) return new AppError('VALUE_OUT_OF_RANGE', undefined, [], thrown);
  if (code === 'COMMIT_UNKNOWN') return new AppError('DEADLINE_EXCEEDED', undefined, [], thrown);
  if (storeAway.test(code)) return new AppError('STORE_UNAVAILABLE', undefined, [], thrown);
  const status = typeof error?.status === 'number' ? error.status : 500;
  if (status === 413) return new AppError('BODY_TOO_LARGE', undefined, [], thrown);
  if (status === 415) return new AppError('UNSUPPORTED_MEDIA_TYPE', undefined, [], thrown);
  if (status >= 400 && status < 500) return new AppError('REFUSED', error.message, [], thrown);
  return new AppError('INTERNAL', undefined, [], thrown);
}

/** Whatever a client sent as its path, the answer stays a valid problem. */
const uriReference = /^(?:[\w\-.~!$&'()*+,;=:@/]|%[\da-f]{2})*$/i;

/** RFC 9457. */
export function problemOf(error: AppError, requestId: string, instance: string): Problem {
  return {
    type: problemTypeOf(error.code),
    title: table[error.code].title,
    status: error.status,
    detail: error.message,
    ...(uriReference.test(instance) && { instance }),
    request_id: requestId,
    ...(error.errors.length > 0 && { errors: error.errors.map((each) => ({ ...each })) }),
  };
}
