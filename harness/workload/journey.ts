/**
 * A journaling HTTP client: every request is told before it is sent, becomes exactly one Op, with Jepsen's three outcomes, and
 * its answer a candidate for the sample that is held against the HTTP contract.
 */
import { seenHeaders } from './answer-headers.ts';
import { clockMs } from '../evidence/journal.ts';
import type { Invoke, Op, OpType } from '../evidence/records.ts';
import type { WorkloadRun } from '../experiment.ts';

export interface Request {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who asks: sends what makes this user known. */
  readonly user?: string;
  /** The event this operation promises when it is acknowledged; default: what `system.yaml` says of changes called `what`. */
  readonly eventType?: string;
  /** The entity key; for a create it is read from the answer with `keyOf`. */
  readonly key?: string;
  readonly keyOf?: (body: unknown) => string | undefined;
  readonly timeoutMs?: number;
  /** When the arrival schedule wanted it sent; default: now. */
  readonly intendedAt?: number;
  /** It is sent to be refused: that none of its kind is acknowledged is no wrong then. */
  readonly expects?: 'refusal';
}

export interface Answer {
  readonly op: Op;
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Journey = (request: Request) => Promise<Answer>;

/** Codes of a connection that was never made: the request certainly did not happen. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

let invoked = 0;

/** To a service's first replica, or to one address. */
export function journeyTo(service: string | URL, run: Pick<WorkloadRun, 'target' | 'journal' | 'signal' | 'system'>): Journey {
  const { answers, changes } = run.system;
  return async (request) => {
    const eventType = request.eventType ?? (Object.hasOwn(changes, request.what) ? changes[request.what] : undefined);
    const url = new URL(request.path, typeof service === 'string' ? run.target.url(service) : service);
    const authorization = request.user === undefined ? {} : await run.target.authorization(request.user);
    const startedAt = clockMs();
    const invoke = invokeOf(request, startedAt, eventType);
    run.journal.invoke(invoke);
    const finish = (type: OpType, rest: Partial<Op>): Op => {
      const op: Op = {
        invoke: invoke.id,
        at: clockMs(),
        intendedAt: invoke.intendedAt,
        startedAt,
        who: invoke.who,
        what: request.what,
        type,
        ...(request.key !== undefined && { key: request.key }),
        ...rest,
      };
      run.journal.op(op);
      return op;
    };
    let response: Response;
    try {
      response = await fetch(url, {
        method: request.method,
        headers: {
          ...authorization,
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        signal: AbortSignal.any([run.signal, AbortSignal.timeout(request.timeoutMs ?? 10_000)]),
      });
    } catch (error) {
      run.signal.throwIfAborted();
      const code = codeOf(error);
      const op = finish(neverSent.has(code) ? 'fail' : 'unsure', { error: `${code}: ${(error as Error).message}` });
      return { op, status: 0, headers: new Headers(), body: undefined };
    }
    const { status, headers } = response;
    const eventId = headers.get(answers.eventId);
    // The status and the promise came with the head: they are known whatever becomes of the body.
    const head: Partial<Op> = { status, ...(eventId && eventType && { eventId, eventType }) };
    // Answered, and yet of no use: who asked can't know what was done.
    const unreadable = (error: unknown, body?: string): Answer => {
      const op = finish(status < 400 ? 'unsure' : outcomeOf(status), { ...head, error: unreadableBody(error) });
      return { op, status, headers, body };
    };
    let raw: string;
    try {
      raw = await response.text();
    } catch (error) {
      run.signal.throwIfAborted();
      return unreadable(error);
    }
    const read = parsed(raw, headers);
    // As it came: a body that is not what it says it is must be seen too.
    run.journal.answer({
      at: clockMs(),
      what: request.what,
      method: request.method,
      path: url.pathname,
      status,
      contentType: headers.get('content-type'),
      headers: seenHeaders(headers),
      bodyBytes: Buffer.byteLength(raw),
      body: raw,
      ...('broken' in read && { unreadable: true as const }),
    });
    if ('broken' in read) return unreadable(read.broken, raw);
    let key: string | undefined;
    try {
      key = request.key ?? (status < 400 ? request.keyOf?.(read.body) : undefined);
    } catch (error) {
      return unreadable(error, raw);
    }
    const op = finish(outcomeOf(status), {
      ...head,
      ...(key !== undefined && { key }),
      ...(status >= 400 && { error: raw.slice(0, 500) }),
    });
    return { op, status, headers, body: read.body };
  };
}

function invokeOf(request: Request, startedAt: number, eventType: string | undefined): Invoke {
  const idempotencyKey = new Headers(request.headers).get('idempotency-key');
  return {
    id: `${request.what}-${++invoked}`,
    at: startedAt,
    intendedAt: request.intendedAt ?? startedAt,
    who: request.intendedAt === undefined ? 'journey' : 'steady',
    what: request.what,
    ...(request.key !== undefined && { key: request.key }),
    ...(eventType !== undefined && { eventType }),
    ...(request.expects && { expects: request.expects }),
    ...(idempotencyKey !== null && { idempotencyKey }),
  };
}

function parsed(raw: string, headers: Headers): { readonly body: unknown } | { readonly broken: unknown } {
  if (raw === '' || !/json/.test(headers.get('content-type') ?? '')) return { body: raw === '' ? undefined : raw };
  try {
    return { body: JSON.parse(raw) };
  } catch (broken) {
    return { broken };
  }
}

const codeOf = (error: unknown): string =>
  ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).name;

const unreadableBody = (error: unknown): string => `body unreadable: ${codeOf(error)}: ${(error as Error).message}`;

/** A 4xx certainly changed nothing; a 5xx may have come after the commit. */
export const outcomeOf = (status: number): OpType => (status < 400 ? 'ok' : status < 500 ? 'fail' : 'unsure');
