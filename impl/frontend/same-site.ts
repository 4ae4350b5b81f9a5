/**
 * Cookies are sent along by any page that makes a browser call us. What changes something must therefore carry what only
 * our own page can add: a header of its own (another site would need a CORS permission that we never give), and the
 * browser's word about where the call comes from.
 */
import type { IncomingHttpHeaders } from 'node:http';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

export function comesFromOurPage(method: string, headers: IncomingHttpHeaders, origin: string): boolean {
  if (safe.has(method)) return true;
  if (headers['x-requested-with'] !== 'todo') return false;
  // The newer word counts when there are both: a strict referrer policy makes the other one `null`.
  const site = headers['sec-fetch-site'];
  return site === undefined ? headers.origin === origin : site === 'same-origin';
}
