/** The verifier's own trial: a provider that answers by the pact passes, and one that departs from it in one point doesn't. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openScope } from '#harness/process/scope.ts';
import { pactsOf, pactWith, readPact } from './pact-file.ts';
import { serve } from './serve.ts';
import { verify } from './verify.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), 'pacts-'));
const scope = openScope({ title: 'doubles of providers' });
afterAll(async () => {
  await scope.close();
  rmSync(folder, { recursive: true });
});

const [path = ''] = pactsOf('backend', 'Synchronous/HTTP', folder);
const pact = readPact(path);
const one = pact.interactions.filter(({ description }) => description === 'a task');
const promised = one[0]?.['response'] as { headers: Record<string, string[]>; body: { content: Record<string, unknown> } };
const honest: Answer = {
  status: 200,
  headers: Object.fromEntries(Object.entries(promised.headers).map(([name, values]) => [name, values.join()])),
  body: promised.body.content,
};

const answering =
  ({ status, headers, body }: Answer): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(JSON.stringify(body));

async function verified(
  answer: Answer,
  states: Record<string, () => Promise<void>> = { 'alice has an open task 1': async () => {} },
) {
  const port = await serve(scope, answering(answer));
  const trial = pactWith(join(folder, 'trial'), pact, one);
  await verify({ provider: 'backend', pacts: [trial], url: `http://127.0.0.1:${port}`, states, token: 'any' });
}

test('a provider that answers by the pact passes', () => verified(honest));

test('so does one that says more', () => verified({ ...honest, body: { ...honest.body, colour: 'green' } }));

describe('a provider is convicted that', () => {
  const { title, ...rest } = honest.body;
  const { ETag: _, ...withoutEtag } = honest.headers;
  const lies: readonly { what: string; answer: Answer; because: RegExp }[] = [
    { what: 'renames a field', answer: { ...honest, body: { ...rest, name: title } }, because: /title/ },
    { what: 'makes a number a text', answer: { ...honest, body: { ...honest.body, id: '1' } }, because: /\$\.id/ },
    { what: 'changes the status', answer: { ...honest, status: 203 }, because: /203/ },
    { what: 'loses a header', answer: { ...honest, headers: withoutEtag }, because: /etag/i },
  ];
  test.each(lies)('$what', async ({ answer, because }) => {
    await expect(verified(answer)).rejects.toThrow(because);
  });

  test('does not know a state', async () => {
    await expect(verified(honest, {})).rejects.toThrow('STATE_UNKNOWN: backend has no handler for: alice has an open task 1');
  });
});

test('without a pact nothing is verified, and that is said', async () => {
  await expect(verify({ provider: 'stranger', pacts: [], states: {} })).rejects.toThrow('PACTS_MISSING');
});
