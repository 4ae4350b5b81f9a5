/** Writes one interaction: Pact's server stands where the provider is, and the frontend's real code asks it. */
import { deepStrictEqual } from 'node:assert/strict';
import { MatchersV3, PactV4 } from '@pact-foundation/pact';
import { type AppId, calls, changes } from '../../../impl/frontend/calls.ts';
import { type Exchange, nameOf } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { idempotencyKey, regex, requestId, user, uuidPattern } from './shapes.ts';

/** In the place of tokens, which end: a provider's verification puts one of its own issuer for the first. */
export const tokens = { valid: 'Bearer token-of-alice', over: 'Bearer token-that-is-over' };

/** Throws when the frontend asks otherwise, or makes something else of the answer than the page may expect. */
export async function writeInteraction(folder: string, appId: AppId, exchange: Exchange, gateway: Gateway): Promise<void> {
  const { asks, given, answer } = exchange;
  const call = calls.find((each) => each.appId === appId && nameOf(each) === exchange.call);
  if (!call) throw new Error(`CALL_UNKNOWN: impl/frontend/calls.ts has no ${exchange.call} of ${appId}`);
  const pact = new PactV4({ consumer: 'frontend', provider: appId, dir: folder, logLevel: 'error' });
  await pact
    .addInteraction()
    .given(given)
    .uponReceiving(asks)
    .withRequest(call.method, pathOf(exchange), (request) => {
      request.headers({
        Authorization: regex('^Bearer [\\w.~+/-]+=*$', exchange.isTokenOver ? tokens.over : tokens.valid),
        'X-Request-ID': regex('^[\\w-]{8,64}$', requestId),
        ...(changes(call) && { 'Idempotency-Key': regex(uuidPattern, idempotencyKey) }),
        ...(call.body === 'json' && { 'Content-Type': 'application/json' }),
        ...(exchange.headers?.['If-Match'] !== undefined && { 'If-Match': exchange.headers['If-Match'] }),
      });
      if (exchange.query) request.query({ ...exchange.query });
      if (call.body === 'json') request.jsonBody(exchange.body);
    })
    .willRespondWith(answer.status, (response) => {
      if (answer.headers) response.headers(answer.headers as Record<string, string>);
      if (answer.body !== undefined) response.jsonBody(answer.body);
    })
    .executeTest(async ({ url }) => brought(exchange, await gateway.ask(exchange, appId, url)));
}

/** The page gets what the service said, but for its own user in Location. */
async function brought({ answer }: Exchange, response: Response): Promise<void> {
  const expected = reified(answer.headers ?? {}) as Record<string, string>;
  const text = await response.text();
  const headers = Object.fromEntries(Object.keys(expected).map((name) => [name, response.headers.get(name)]));
  deepStrictEqual(
    { status: response.status, headers, body: text === '' ? undefined : JSON.parse(text) },
    {
      status: answer.status,
      headers: { ...expected, ...(expected['Location'] && { Location: expected['Location'].replace(`/${user}`, '') }) },
      body: reified(answer.body),
    },
  );
}

const reified = (template: unknown): unknown => (template === undefined ? undefined : MatchersV3.reify(template));

function pathOf({ call, params = {}, injected }: Exchange) {
  const path = `/api/${user}${call.slice(call.indexOf(' ') + 1)}`;
  const example = path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  if (injected === undefined) return example;
  // Pact's own functions make either a pattern or a value of the provider's state; this is both.
  return {
    ...regex(`^${path.replace(/:\w+/g, '[\\w-]+')}$`, example),
    'pact:generator:type': 'ProviderState' as const,
    expression: path.replace(`:${injected}`, `\${${injected}}`),
  };
}
