/** What of the services behind this one the page may reach, and nothing else. One line per call. */
export type AppId = 'backend' | 'notification';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api` here, below `/api/<user>` there. */
  readonly path: string;
  readonly appId: AppId;
  readonly body: 'json' | 'none';
}

/**
 * Dapr repeats a call whose answer it has not seen: a second run makes a second thing, or finds its own deed in its way (412 by one's own
 * change, 404 for what one deleted oneself). So whatever changes something carries an Idempotency-Key: the page's own, or one
 * made here for all repetitions of this call.
 */
export const changes = ({ method }: Call): boolean => method !== 'GET';

const call = (appId: AppId, method: Call['method'], path: string, more: Partial<Call> = {}): Call => ({
  appId,
  method,
  path,
  body: 'none',
  ...more,
});
const json = { body: 'json' } as const;

export const calls: readonly Call[] = [
  call('backend', 'GET', '/tasks'),
  call('backend', 'POST', '/tasks', json),
  call('backend', 'GET', '/tasks/:id'),
  call('backend', 'PATCH', '/tasks/:id', json),
  call('backend', 'DELETE', '/tasks/:id'),
  call('backend', 'POST', '/tasks/:id/complete'),
  call('backend', 'GET', '/templates'),
  call('backend', 'POST', '/templates', json),
  call('backend', 'GET', '/templates/:id'),
  call('backend', 'PATCH', '/templates/:id', json),
  call('backend', 'DELETE', '/templates/:id'),
  call('backend', 'POST', '/chat/sessions', json),
  call('backend', 'GET', '/chat/sessions/:session_id'),
  call('backend', 'DELETE', '/chat/sessions/:session_id'),
  call('backend', 'POST', '/chat/sessions/:session_id/messages', json),
  call('notification', 'GET', '/preferences'),
  call('notification', 'PUT', '/preferences', json),
  call('notification', 'POST', '/push-subscriptions', json),
  call('notification', 'DELETE', '/push-subscriptions', json),
  call('notification', 'GET', '/push-key'),
  call('notification', 'GET', '/notices'),
];

/**
 * The path there, or null when a part is none an id can have. Dapr decodes the path and resolves its dots, so an id like
 * `..%2F..%2Fsomeone` would be somebody else's address: ids are held to what ids are made of.
 */
export function pathOf({ path }: Call, userId: string, params: Readonly<Record<string, string>>): string | null {
  const segments = path.split('/').map((segment) => (segment.startsWith(':') ? (params[segment.slice(1)] ?? '') : segment));
  if (!segments.slice(1).every((segment) => /^[\w-]{1,64}$/.test(segment))) return null;
  return `${homeOf(userId)}${segments.join('/')}`;
}

export const homeOf = (userId: string): string => `/api/${encodeURIComponent(userId)}`;
