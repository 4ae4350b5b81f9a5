/** Web push (RFC 8030, 8291, 8292): each browser of the user; delivered when at least one push service took it. */
import webPush from 'web-push';
import type { Postgres } from '#kit/postgres.ts';
import type { Delivery } from '../../deliveries.ts';
import type { Sender, Tried } from '../channel.ts';
import { dueText, oneLine, shortened } from '../wording.ts';
import { type Browser, listBrowsers, removeBrowser } from './browsers.ts';
import { endpointOf, type PushHosts } from './push-address.ts';
import { addPushRoutes } from './push-routes.ts';
import type { VapidKeys } from './vapid.ts';

export interface WebPushOptions {
  readonly postgres: Postgres;
  readonly hosts: PushHosts;
  readonly keys: VapidKeys;
  /** Whom a push service may write to: `mailto:` or `https:`. */
  readonly subject: string;
  readonly publicUrl: string;
  /** The reason of a delivery whose user has no browser left. */
  readonly noAddress: string;
}

/** How long a push service keeps it for a browser that is away. */
const ttlS = 24 * 3_600;
/** Push services take some 4 KB, encrypted; a title is cut well below. */
const titleCharsMax = 300;
const requestMsMax = 10_000;
const retryAfterSMax = 3_600;

/** What one push service said; `gone`: the subscription is no more. */
type Answer = Tried | { readonly type: 'gone'; readonly reason: string };

export function openWebPush(options: WebPushOptions): Sender {
  const { postgres, subject, hosts, keys, noAddress } = options;
  // Throws when they are no keys: better now than at each reminder.
  webPush.getVapidHeaders('https://push.example', subject, keys.publicKey, keys.privateKey, 'aes128gcm');
  return {
    async send(delivery, signal) {
      const browsers = await listBrowsers(postgres.sql, delivery.userId);
      const answers = await Promise.all(browsers.map((each) => request(each, delivery, signal, options)));
      for (const [index, answer] of answers.entries())
        if (answer.type === 'gone') await removeBrowser(postgres.sql, delivery.userId, (browsers[index] as Browser).endpoint);
      return together(answers) ?? { type: 'refused', reason: noAddress };
    },
    addRoutes: (router, preferencesOf) =>
      addPushRoutes(router, { postgres, hosts, vapidPublicKey: keys.publicKey, preferencesOf }),
    close: () => undefined,
  };
}

/** The best of the answers: one that took it is enough, one that may still take it keeps it alive. Undefined: there are none. */
export function together(answers: readonly Answer[]): Tried | undefined {
  for (const type of ['sent', 'later', 'unreached', 'refused'] as const) {
    const found = answers.find((answer): answer is Tried => answer.type === type);
    if (found) return found;
  }
  return answers[0]?.type === 'gone' ? { type: 'refused', reason: answers[0].reason } : undefined;
}

async function request(browser: Browser, delivery: Delivery, signal: AbortSignal, options: WebPushOptions): Promise<Answer> {
  const { endpoint } = browser;
  // Asked again, because the list of hosts may have become shorter since the browser subscribed.
  if (endpointOf(endpoint, options.hosts) !== endpoint)
    return { type: 'gone', reason: 'PUSH_HOST: no longer an allowed push service' };
  let details: webPush.RequestDetails;
  try {
    details = webPush.generateRequestDetails(browser, payloadOf(delivery, options.publicUrl), {
      TTL: ttlS,
      // A service that still holds the first copy replaces it instead of showing both.
      topic: delivery.reminderId.replaceAll('-', ''),
      vapidDetails: { subject: options.subject, ...options.keys },
    });
  } catch (error) {
    // The browser's keys were looked at when it subscribed, ours when this process started.
    return { type: 'refused', reason: `PUSH_KEYS: ${(error as Error).message}` };
  }
  try {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: details.headers as Record<string, string>,
      body: new Uint8Array(details.body as Buffer),
      redirect: 'manual', // or a push service could send us anywhere
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)]),
    });
    await answer.body?.cancel();
    return answerOf(answer.status, answer.headers.get('Retry-After'));
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') return { type: 'later', reason: `PUSH_TIMEOUT: no answer in ${requestMsMax} ms` };
    return { type: 'unreached', reason: `PUSH_UNREACHABLE: ${cause instanceof Error ? cause.message : message}` };
  }
}

export function answerOf(status: number, retryAfter: string | null): Answer {
  const reason = `PUSH_${status}`;
  if (status >= 200 && status < 300) return { type: 'sent' };
  if (status === 404 || status === 410) return { type: 'gone', reason: `${reason}: the browser is no longer subscribed` };
  if (status === 429 || status === 408 || status >= 500) {
    const afterMs = /^\d+$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter), retryAfterSMax) * 1_000 : 0;
    return { type: 'later', reason, afterMs };
  }
  return { type: 'refused', reason };
}

/** What the page's service worker shows. */
function payloadOf({ reminder, reminderId }: Delivery, publicUrl: string): string {
  return JSON.stringify({
    title: 'Reminder',
    body: `${shortened(oneLine(reminder.task_title), titleCharsMax)} is due on ${dueText(reminder.due_date)}`,
    // A second copy takes the place of the first one on the screen.
    tag: reminderId,
    task_id: reminder.task_id,
    url: `${publicUrl}/#task-${reminder.task_id}`,
  });
}
