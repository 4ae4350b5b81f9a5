import { expect, it } from '@jest/globals';
import { until } from '../../../harness/process/until.ts';
import { zipkin } from '../../../harness/process/zipkin.ts';
import { toolchain } from '../../../harness/toolchain/toolchain.ts';
import { inScope } from './scene.ts';

it(
  'takes spans and gives the trace back, on loopback only, with its page',
  () =>
    inScope(async (scope, folder) => {
      const { zipkin: tool } = await toolchain(['zipkin'], { progress: () => {}, signal: AbortSignal.timeout(120_000) });
      const { url, spansUrl, trace } = await scope.use(zipkin({ tool, folder }));
      const traceId = '5af7183fb1d4cf5f463ac35c9f2e8a01';
      const span = (id: string, name: string, parentId?: string) => ({
        traceId,
        id,
        ...(parentId && { parentId }),
        name,
        kind: 'SERVER',
        timestamp: Date.now() * 1000,
        duration: 1_500,
        localEndpoint: { serviceName: 'backend' },
        tags: { 'http.method': 'POST' },
      });
      expect(await trace(traceId)).toEqual([]);
      const spans = [span('6b221d5bc9e6496c', 'post /tasks'), span('6b221d5bc9e6496d', 'publish', '6b221d5bc9e6496c')];
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(spansUrl, { method: 'POST', headers, body: JSON.stringify(spans) })).status).toBe(202);

      const found = await until('both spans are stored', async () => pairOf(await trace(traceId)), {
        everyMs: 20,
        giveUpMs: 5_000,
      });
      expect(found).toMatchObject([{ name: 'post /tasks', tags: { 'http.method': 'POST' } }, { parentId: '6b221d5bc9e6496c' }]);
      expect(new URL(url).hostname).toBe('127.0.0.1');
      expect(await (await fetch(`${url}/zipkin/`)).text()).toContain('<title>Zipkin</title>');
    }),
  60_000,
);

const pairOf = <T>(spans: readonly T[]) => (spans.length === 2 ? spans : undefined);
