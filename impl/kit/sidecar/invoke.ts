/** Calling another app, without the wire: what is said to the sidecar, and who it was that answered. */
import { posix } from 'node:path';
import { daprErrorOf, fail, type Failure, type HttpAnswer, type Outcome, ok, unsure } from './outcome.ts';

export interface InvokeRequest {
  readonly method: string;
  /** With its query, percent-encoded, e.g. `/api/u/tasks?limit=5`. */
  readonly path: string;
  /** Passed on as they are. Trace context is added by this client. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Of the whole call, the retries of the Resiliency policy included. */
  readonly deadlineMs: number;
}

/** What the other app answered, whatever its status. */
export type InvokeAnswer = HttpAnswer;

/**
 * Dapr decodes the path and pastes what comes out into the URL of the next hop: `%3F` in a name would begin a query there,
 * `%2F` another segment. Encoded twice, the other app sees exactly the path we were given. A path that Dapr would tidy up
 * (`//`, `..`, a slash at the end) is refused: it would reach another address than the one asked for.
 */
export function invokeUrl(appId: string, path: string): string | null {
  const [name = '', ...query] = path.split('?');
  if (!name.startsWith('/') || name !== posix.normalize(name) || (name.length > 1 && name.endsWith('/'))) return null;
  const search = query.length > 0 ? `?${query.join('?')}` : '';
  return `/v1.0/invoke/${encodeURIComponent(appId)}/method${name.replaceAll('%', '%25')}${search}`;
}

/** RFC 9110 7.6.1, what the client sets itself, and what would steer our own sidecar. */
const notPassedOn =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|expect|set-cookie|dapr-.*)$/i;

export const passedOn = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !notPassedOn.test(name))
      .map(([name, value]) => [name.toLowerCase(), value]),
  );

/**
 * The app's own words are passed through, its 500s too; Dapr's are told by their form, which is no app's problem+json. A 200 without a
 * word is daprd's own when it mistakes a call that failed for one that succeeded (DECISIONS.md, 2026-11-25): no app of ours says that.
 */
export function invokeAnswer(answer: HttpAnswer, method: string): Outcome<InvokeAnswer> {
  if (answer.status === 200 && answer.body.length === 0) return unsure('DAPR_EMPTY_ANSWER: 200 without a body');
  return daprsOwn(answer, isRead(method)) ?? ok({ ...answer, headers: passedOn(answer.headers) });
}

/** The breaker of the Resiliency policy; the second is what it says to calls beside its one test call. */
const breakerOpen = /circuit breaker is open|too many requests/i;
const tookTooLong = /deadline exceeded|timed? ?out/i;
/**
 * The last hop was never made: nobody of that name, nobody listening, or Dapr itself holds calls back. That is said of the last attempt:
 * of the two before it, which Dapr hides, the first may have been carried out by an app that died of it.
 */
const neverReached =
  /couldn't find service|failed to resolve|no such host|connection refused|not in a healthy state|is not ready/i;

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

function daprsOwn(answer: HttpAnswer, repeatable: boolean): Failure | undefined {
  const type = answer.headers['content-type'] ?? '';
  if (answer.status === 401 && /^text\/plain/.test(type) && answer.body.toString().startsWith('invalid api token'))
    return fail('SIDECAR_TOKEN_REFUSED', false);
  if (answer.status < 400 || !/^application\/json/.test(type)) return undefined;
  const { code, message } = daprErrorOf(answer);
  if (!code.startsWith('ERR_')) return undefined;
  if (answer.status === 403) return fail('INVOKE_FORBIDDEN', false);
  if (breakerOpen.test(message) && repeatable) return fail('INVOKE_BREAKER_OPEN', true);
  if (tookTooLong.test(message)) return unsure(`${code}: ${message}`);
  if (neverReached.test(message) && repeatable) return fail('INVOKE_UNREACHABLE', true);
  return unsure(`${code}: ${message}`);
}

/** Not in time, not reached, or it says itself that it can't at the moment. Its 500 may be about one request only. */
export function appIsAway(outcome: Outcome<unknown>): boolean {
  if (outcome.type === 'unsure') return true;
  if (outcome.type === 'fail') return /^(SIDECAR|INVOKE)_UNREACHABLE$/.test(outcome.code);
  return [502, 503, 504].includes((outcome.value as InvokeAnswer).status);
}
