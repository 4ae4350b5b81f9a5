/**
 * Which addresses a browser may give as its push service. This process sends requests there, so anything else would let a
 * user make it knock at doors inside our own network.
 */

import { ECDH } from 'node:crypto';

/** The push services of Chrome and Edge on Android and desktop, Firefox, Windows, and Safari. */
export const pushServices = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.notify.windows.com',
  '*.push.apple.com',
  'web.push.apple.com',
].join(',');

/** `host`, `*.domain`, either with `:port` or `:*`; without, only 443. */
const pattern = /^(?:\*\.)?[a-z0-9.-]+(?::(?:\d{1,5}|\*))?$/i;
/** Of an endpoint; a unique index holds it. */
const charsMax = 2_048;

export type PushHosts = readonly string[];

/** The list, or the first entry that is none. */
export function pushHostsOf(text: string): PushHosts | { readonly wrong: string } {
  const hosts = text.split(',').map((each) => each.trim().toLowerCase());
  const wrong = hosts.find((each) => !pattern.test(each));
  return wrong === undefined ? hosts : { wrong };
}

/** The endpoint in the one spelling that every parser reads alike, or undefined when it is not a push service's. */
export function endpointOf(text: string, allowed: PushHosts): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.href.length > charsMax) return undefined;
  url.hash = '';
  return allowed.some((each) => covers(each, url)) ? url.href : undefined;
}

function covers(entry: string, url: URL): boolean {
  const [host = '', port = '443'] = entry.split(':');
  if (port !== '*' && port !== (url.port || '443')) return false;
  return host.startsWith('*.')
    ? url.hostname.endsWith(host.slice(1)) && url.hostname.length >= host.length
    : url.hostname === host;
}

/** A point that is not on the curve would only be found out when the first reminder is encrypted for it (RFC 8291). */
export function areBrowserKeys({ p256dh, auth }: { readonly p256dh: string; readonly auth: string }): boolean {
  const point = Buffer.from(p256dh, 'base64url');
  if (point.length !== 65 || Buffer.from(auth, 'base64url').length !== 16) return false;
  try {
    ECDH.convertKey(point, 'prime256v1');
    return true;
  } catch {
    return false;
  }
}
