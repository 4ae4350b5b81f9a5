/** The push side: what a browser vendor's push service checks, keeps and answers (RFC 8030, 8291, 8292). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { importJWK, type JWTPayload, jwtVerify } from 'jose';
import { bodyOf } from '../web.ts';
import { decrypt, newKeys, type SubscriptionKeys } from './aes128gcm.ts';
import type { Kept } from './kept.ts';

export interface Push {
  readonly id: string;
  /** The last part of the endpoint it was sent to. */
  readonly subscription: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** What the browser would have read; null when the subscription is not of this sink or the message can't be opened. */
  readonly payload: string | null;
  /** Why it can't be opened. */
  readonly problem?: string;
  readonly receivedAt: number;
}

export interface Subscription extends SubscriptionKeys {
  readonly id: string;
}

/** As a browser gives it to a page. */
export interface PushSubscription {
  readonly endpoint: string;
  readonly expirationTime: null;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

interface Shelf {
  readonly pushes: Kept<Push>;
  readonly subscriptions: Kept<Subscription>;
}

const bodyBytesMax = 4_096;
const lifeSMax = 24 * 3_600;
const busyTimes = 2;

export const isSubscriptionId = (id: string) => /^[\w-]{1,64}$/.test(id);

export function subscribe({ subscriptions }: Shelf, origin: string, id: string = randomUUID()): PushSubscription {
  const keys = newKeys();
  subscriptions.add({ id, ...keys });
  return { endpoint: `${origin}/push/${id}`, expirationTime: null, keys: { p256dh: keys.p256dh, auth: keys.auth } };
}

export function pushHandler({ pushes, subscriptions }: Shelf, origin: string) {
  const attempts = new Map<string, number>();

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refuse = (status: number, why: string, headers = {}) =>
      void response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`${why}\n`);
    const body = await bodyOf(request, bodyBytesMax);
    const id = /^\/push\/([\w-]{1,64})$/.exec(request.url ?? '')?.[1];
    if (id === undefined) return refuse(404, 'Push to /push/<id>');
    if (request.method !== 'POST') return refuse(405, 'POST it', { allow: 'POST' });
    if (body === undefined) return refuse(413, `At most ${bodyBytesMax} bytes`);
    const { authorization, ttl, 'content-encoding': encoding } = request.headers;
    if (typeof ttl !== 'string' || !/^\d+$/.test(ttl)) return refuse(400, 'The header TTL with a number of seconds is missing');
    if (encoding !== 'aes128gcm') return refuse(400, 'The header Content-Encoding: aes128gcm is missing');
    const vapid = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization ?? '');
    if (vapid === null)
      return refuse(401, 'The header Authorization: vapid t=<token>, k=<key> is missing', { 'www-authenticate': 'vapid' });
    const objection = await objectionTo(vapid[1] as string, vapid[2] as string, origin);
    if (objection !== undefined) return refuse(403, objection);

    if (id.startsWith('gone-')) return refuse(410, 'This subscription has expired or was cancelled');
    if (id.startsWith('busy-')) {
      const times = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, times);
      if (times <= busyTimes) return refuse(503, 'Busy, try again later', { 'retry-after': '1' });
    }
    const subscription = subscriptions.all().findLast((one) => one.id === id);
    const push: Push = {
      id: randomUUID(),
      subscription: id,
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      sizeBytes: body.length,
      ...open(body, subscription),
      receivedAt: Date.now(),
    };
    pushes.add(push);
    response.writeHead(201, { location: `${origin}/messages/${push.id}` }).end();
  };
}

/** A real service can't look inside and takes it in any case; so does this one, and says what the browser would have met. */
function open(body: Buffer, subscription: Subscription | undefined): Pick<Push, 'payload' | 'problem'> {
  if (subscription === undefined) return { payload: null, problem: 'this subscription was not made here' };
  try {
    return { payload: decrypt(body, subscription) };
  } catch (error) {
    return { payload: null, problem: (error as Error).message };
  }
}

/** The token must be signed by the very key it names, for this service, and not for long. */
async function objectionTo(token: string, key: string, origin: string): Promise<string | undefined> {
  let claims: JWTPayload;
  try {
    const point = Buffer.from(key, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url')) as [string, string];
    const publicKey = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256');
    claims = (await jwtVerify(token, publicKey, { algorithms: ['ES256'], audience: origin, requiredClaims: ['exp'] })).payload;
  } catch (error) {
    return `The VAPID token is not valid: ${(error as Error).message}`;
  }
  return (claims.exp ?? 0) > Date.now() / 1000 + lifeSMax + 60 ? 'The VAPID token is valid for more than 24 hours' : undefined;
}
