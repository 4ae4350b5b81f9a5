/** Notifications of this browser: asked for by a click, never by itself. */
import { call } from './api.js';
import { messageOf } from './problem.js';

/** @typedef {'unsupported' | 'denied' | 'off' | 'on'} PushState */

export const isPushSupported = () => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;

/** @returns {Promise<PushState>} */
export async function pushState() {
  if (!isPushSupported()) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration?.pushManager.getSubscription()) ? 'on' : 'off';
}

/** @returns {Promise<string>} what went wrong; empty: it is on */
export async function turnPushOn() {
  if ((await Notification.requestPermission()) !== 'granted') return 'The browser was not allowed to show notifications.';
  const key = await call('GET', '/api/push-key');
  if (key.type !== 'ok') return messageOf(key);
  try {
    await navigator.serviceWorker.register('/sw.js');
    const registration = await navigator.serviceWorker.ready;
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(key.value.public_key),
    });
    const { endpoint, keys } = subscription.toJSON();
    const outcome = await call('POST', '/api/push-subscriptions', { body: { endpoint, keys } });
    if (outcome.type === 'ok') return '';
    // Half a subscription reminds nobody.
    await subscription.unsubscribe();
    return messageOf(outcome);
  } catch {
    return 'This browser could not subscribe. Its push service may be out of reach.';
  }
}

/** @returns {Promise<string>} */
export async function turnPushOff() {
  const registration = await navigator.serviceWorker.getRegistration('/');
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return '';
  const outcome = await call('DELETE', '/api/push-subscriptions', { body: { endpoint: subscription.endpoint } });
  if (outcome.type !== 'ok' && outcome.status !== 404) return messageOf(outcome);
  await subscription.unsubscribe();
  return '';
}

/** On the way out: whoever uses this browser next is reminded of nobody's tasks, also when the service could not be told. */
export async function leavePushBehind() {
  try {
    const problem = await turnPushOff();
    if (problem === '') return;
    const registration = await navigator.serviceWorker.getRegistration('/');
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
  } catch {
    // No push here, and nothing to leave.
  }
}

/** @param {string} base64url */
function bytesOf(base64url) {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
