/** Calls to this site's own API. Each ends as a value: ok, fail (certainly not done) or unsure (perhaps done). */
import { isUnsure } from './problem.js';

/** @typedef {import('./problem.js').Outcome} Outcome */

/** Above the server's own deadline: its word is worth more than our impatience. */
const timeoutMs = 35_000;
let sessionEnded = () => {};

/** @param {() => void} tell called when an answer says that nobody is signed in (any more) */
export function onSessionEnd(tell) {
  sessionEnded = tell;
}

/**
 * @typedef {object} CallOptions
 * @property {unknown} [body]
 * @property {string} [key] Idempotency-Key: the same for each try of one wish, so that it comes true once
 * @property {number} [revision] only if the thing is still at this revision
 * @property {boolean} [keepalive] outlives the page
 */

/** @param {string} method @param {string} path @param {CallOptions} [options] @returns {Promise<Outcome>} */
export async function call(method, path, { body, key, revision, keepalive = false } = {}) {
  const headers = new Headers({ accept: 'application/json' });
  // A form of another site can not send this header: it tells the server that the call came from its own page.
  if (method !== 'GET') headers.set('x-requested-with', 'todo');
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (key !== undefined) headers.set('idempotency-key', key);
  if (revision !== undefined) headers.set('if-match', `"${revision}"`);
  // Without a network nothing leaves this machine: that is certain, unlike an answer that gets lost on its way.
  const offline = !navigator.onLine;
  try {
    const response = await fetch(path, {
      method,
      headers,
      keepalive,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const value = await jsonOf(response);
    const { status } = response;
    if (response.ok) return { type: 'ok', status, value };
    if (status === 401) sessionEnded();
    return { type: isUnsure(method, status, value) ? 'unsure' : 'fail', status, problem: value };
  } catch {
    // No answer at all: a reader can ask again, a writer can't know.
    return { type: method === 'GET' || offline ? 'fail' : 'unsure', status: 0, problem: null };
  }
}

/** @param {Response} response */
async function jsonOf(response) {
  const text = await response.text();
  if (text === '' || !/\bjson\b/.test(response.headers.get('content-type') ?? '')) return null;
  return JSON.parse(text);
}

/** @param {string} path @param {Record<string, string | number | boolean | null | undefined>} query */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** Where to sign in, and to come back to this very place. */
export const signInPath = () =>
  `/auth/login?${new URLSearchParams({ return_to: location.pathname + location.search + location.hash })}`;

/** The provider may want to be visited on the way out. @returns {Promise<Outcome>} */
export async function signOut() {
  try {
    const response = await fetch('/auth/logout', {
      method: 'POST',
      headers: { accept: 'application/json', 'x-requested-with': 'todo' },
      redirect: 'manual',
    });
    const redirected = response.type === 'opaqueredirect';
    if (!redirected && !response.ok && response.status !== 401) {
      return { type: 'fail', status: response.status, problem: await jsonOf(response) };
    }
    const answer = redirected ? null : await jsonOf(response);
    location.assign(answer?.location ?? '/');
    return { type: 'ok', status: response.status, value: null };
  } catch {
    return { type: 'fail', status: 0, problem: null };
  }
}
