/**
 * A journaling HTTP client: every request it makes becomes one Op, with Jepsen's three outcomes, and its answer a candidate for
 * the sample that is held against the HTTP contract.
 */
import { clockMs } from '../evidence/journal.ts';
import type { Op, OpType } from '../evidence/records.ts';
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

/** To a service's first replica, or to one address. */
export function journeyTo(service: string | URL, run: Pick<WorkloadRun, 'target' | 'journal' | 'signal' | 'system'>): Journey {
  const { answers, changes } = run.system;
  return async (request) => {
    const eventType = request.eventType ?? (Object.hasOwn(changes, request.what) ? changes[request.what] : undefined);
    const startedAt = clockMs();
    const finish = (type: OpType, rest: Partial<Op>): Op => {
      const op: Op = {
        at: clockMs(),
        intendedAt: request.intendedAt ?? startedAt,
        startedAt,
        who: request.intendedAt === undefined ? 'journey' : 'steady',
        what: request.what,
        type,
        ...(request.key !== undefined && { key: request.key }),
        ...rest,
      };
      run.journal.op(op);
      return op;
    };
    try {
      const url = new URL(request.path, typeof service === 'string' ? run.target.url(service) : service);
      const response = await fetch(url, {
        method: request.method,
        headers: {
          ...(request.user !== undefined && (await run.target.authorization(request.user))),
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        signal: AbortSignal.any([run.signal, AbortSignal.timeout(request.timeoutMs ?? 10_000)]),
      });
      const raw = await response.text();
      // Before it is parsed: a body that is not what it says it is must be seen as it came.
      run.journal.answer({
        at: clockMs(),
        what: request.what,
        method: request.method,
        path: url.pathname,
        status: response.status,
        contentType: response.headers.get('content-type'),
        bodyBytes: Buffer.byteLength(raw),
        body: raw,
      });
      const body: unknown =
        raw === '' ? undefined : /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(raw) : raw;
      const eventId = response.headers.get(answers.eventId);
      const key = request.key ?? request.keyOf?.(body);
      const op = finish(outcomeOf(response.status), {
        status: response.status,
        ...(key !== undefined && { key }),
        ...(eventId && eventType && { eventId, eventType }),
        ...(response.status >= 400 && { error: raw.slice(0, 500) }),
      });
      return { op, status: response.status, headers: response.headers, body };
    } catch (error) {
      run.signal.throwIfAborted();
      const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).name;
      const op = finish(neverSent.has(code) ? 'fail' : 'unsure', { error: `${code}: ${(error as Error).message}` });
      return { op, status: 0, headers: new Headers(), body: undefined };
    }
  };
}

/** A 4xx certainly changed nothing; a 5xx may have come after the commit. */
export const outcomeOf = (status: number): OpType => (status < 400 ? 'ok' : status < 500 ? 'fail' : 'unsure');
