import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openScope } from '#harness/process/scope.ts';
import { calls } from '../../../impl/frontend/calls.ts';
import { callsWithout, exchangesWithout } from './exchange.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { writeInteraction } from './http-pact.ts';
import { providers } from './pacts.ts';

const scope = openScope({ title: 'pacts of frontend' });
const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway(scope);
});
afterAll(async () => {
  await scope.close();
  rmSync(folder, { recursive: true });
});

describe.each(providers)('frontend asks $name', ({ name, exchanges }) => {
  test.each(exchanges.map((exchange) => ({ title: `${exchange.asks}: ${exchange.answer.status}`, exchange })))(
    '$title',
    ({ exchange }) => writeInteraction(folder, name, exchange, gateway),
  );
});

describe('the pacts and calls.ts', () => {
  test('name the same calls', () => {
    expect(callsWithout(calls, providers)).toEqual([]);
    expect(exchangesWithout(calls, providers)).toEqual([]);
  });

  test('a call that no pact speaks of is named', () => {
    const more = { appId: 'backend', method: 'GET', path: '/tasks/:id/history', body: 'none' } as const;
    expect(callsWithout([...calls, more], providers)).toEqual(['backend: GET /tasks/:id/history']);
  });

  test('so is one whose only answers are refusals, and an exchange that no call allows', () => {
    const refusals = providers.map(({ name, exchanges }) => ({
      name,
      exchanges: exchanges.filter(({ call, answer }) => call !== 'GET /tasks/:id' || answer.status >= 400),
    }));
    expect(callsWithout(calls, refusals)).toEqual(['backend: GET /tasks/:id']);
    expect(exchangesWithout(calls.slice(1), providers)).toContain('backend: GET /tasks');
  });
});

test('a frontend that asks otherwise than its pact says is refused', async () => {
  const [list] = providers[0]?.exchanges ?? [];
  const elsewhere: Gateway = {
    ask: (exchange, ...where) => gateway.ask({ ...exchange, query: { completed: 'true' } }, ...where),
  };
  const guilty = mkdtempSync(join(tmpdir(), 'pacts-guilty-'));
  await expect(writeInteraction(guilty, 'backend', list!, elsewhere)).rejects.toThrow();
  rmSync(guilty, { recursive: true });
});
