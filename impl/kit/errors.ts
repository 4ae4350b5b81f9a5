/** Every way this system refuses a request, in one table: code, sentence, status. */
import type { Problem } from '#contracts/types.ts';

const table = {
  MALFORMED_JSON: { status: 400, title: 'The body is not valid JSON' },
  INVALID_INPUT: { status: 400, title: 'The request does not match its schema' },
  INVALID_CURSOR: { status: 400, title: 'The cursor was not made by this list' },
  MALFORMED_PATH: { status: 400, title: 'The path is not valid percent-encoded text' },
  TASK_NOT_FOUND: { status: 404, title: 'There is no such task' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is nothing at this address' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not take that method' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than this service accepts' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json in UTF-8' },
  VALUE_OUT_OF_RANGE: { status: 422, title: 'A value is outside of what can be stored' },
  REFUSED: { status: 400, title: 'The request was refused' },
  INTERNAL: { status: 500, title: 'Something broke on our side' },
  METHOD_NOT_KNOWN: { status: 501, title: 'This method is not known' },
  STORE_UNAVAILABLE: { status: 503, title: 'The database does not answer' },
  DEADLINE_EXCEEDED: { status: 503, title: 'The answer took too long; whether the request was done is not known' },
} as const;

export type ErrorCode = keyof typeof table;
export interface FieldError {
  /** JSON Pointer into the body; empty for the whole of it. */
  readonly pointer: string;
  readonly message: string;
}

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

/** Connection-level failures of the database client, and Postgres' own "not now" classes. */
const storeAway = /^(08|53|57)|^(CONNECT_TIMEOUT|CONNECTION_\w+|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT)$/;

/** What went wrong, in our own words. Anything unknown is INTERNAL, and its text stays out of the answer. */
export function appErrorOf(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown as { code?: unknown; status?: unknown; message?: string };
  const code = typeof error?.code === 'string' ? error.code : '';
  // Class 22 is "data exception": the net below the schemas, so that an odd value is never our fault.
  if (/^22...$/.test(code)) return new AppError('VALUE_OUT_OF_RANGE', undefined, [], thrown);
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
    type: `urn:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: table[error.code].title,
    status: error.status,
    detail: error.message,
    ...(uriReference.test(instance) && { instance }),
    request_id: requestId,
    ...(error.errors.length > 0 && { errors: error.errors.map((each) => ({ ...each })) }),
  };
}
