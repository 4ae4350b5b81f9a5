/** What the page asks of notification. One entry per interaction. */
import type { Exchange } from './exchange.ts';
import { eachLike, integer, notice, nullValue, preferences, problem, problemType, regex, string, user } from './shapes.ts';

const nothing = `${user} has said nothing`;
/** A push service that notification knows by default, and keys as a browser makes them. */
const subscription = {
  endpoint: 'https://fcm.googleapis.com/fcm/send/alice',
  keys: {
    p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
    auth: 'AAECAwQFBgcICQoLDA0ODw',
  },
};

export const notificationExchanges: readonly Exchange[] = [
  {
    call: 'GET /preferences',
    asks: 'how to be reminded',
    given: `${user} is reminded by e-mail`,
    answer: { status: 200, body: preferences() },
  },
  {
    call: 'GET /preferences',
    asks: 'how to be reminded, nothing was ever said',
    given: nothing,
    answer: {
      status: 200,
      body: preferences({ email: nullValue(), channels: eachLike('email'), updated_at: nullValue() }),
    },
  },
  {
    call: 'GET /preferences',
    asks: 'how to be reminded with a token that is over',
    given: nothing,
    isTokenOver: true,
    answer: { status: 401, headers: problemType, body: problem(401, 'unauthenticated') },
  },
  {
    call: 'PUT /preferences',
    asks: 'to be reminded by e-mail',
    given: nothing,
    body: { email: 'alice@mail.example', channels: ['email'] },
    answer: { status: 200, body: preferences() },
  },
  {
    call: 'PUT /preferences',
    asks: 'to be reminded by e-mail without an address',
    given: nothing,
    body: { email: null, channels: ['email'] },
    answer: {
      status: 400,
      headers: problemType,
      body: { ...problem(400, 'invalid-input'), errors: eachLike({ pointer: string('/email'), message: string('is needed') }) },
    },
  },
  {
    call: 'POST /push-subscriptions',
    asks: 'to be reminded by this browser',
    given: `${user} is reminded by e-mail`,
    body: subscription,
    answer: { status: 201, body: preferences({ push_subscriptions: integer(1) }) },
  },
  {
    call: 'DELETE /push-subscriptions',
    asks: 'to be reminded by this browser no more',
    given: nothing,
    body: { endpoint: subscription.endpoint },
    answer: { status: 204 },
  },
  {
    call: 'GET /push-key',
    asks: 'the key that browsers subscribe with',
    given: nothing,
    answer: { status: 200, body: { public_key: regex('^[A-Za-z0-9_-]{87}$', subscription.keys.p256dh) } },
  },
  {
    call: 'GET /notices',
    asks: 'the latest notices',
    given: `${user} was told of a task`,
    query: { limit: '20' },
    answer: { status: 200, body: { items: eachLike(notice()) } },
  },
];
