/** What happens to a call when what is behind it is slow, dies or is away (US4, FR-021). Real sidecars, real policy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { eventually, type Running, type Stage, withStage } from './stage.ts';

jest.setTimeout(120_000);

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly type: string;
  readonly retryAfter: string | null;
  readonly body: { calls?: number; pid?: number; status?: number; headers?: Record<string, string> };
}

/** As a program, with a token: signing in is another test's matter. */
async function callerAt(stage: Stage, url: string) {
  const authorization = `Bearer ${await stage.identity.token({ sub: 'prog' })}`;
  return async (path: string, method = 'GET'): Promise<Answer> => {
    const startedAt = performance.now();
    const answer = await fetch(`${url}/api${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(method !== 'GET' && { body: '{}' }),
    });
    const body = JSON.parse((await answer.text()) || '{}');
    const type = answer.headers.get('content-type') ?? '';
    return {
      status: answer.status,
      ms: performance.now() - startedAt,
      type,
      retryAfter: answer.headers.get('retry-after'),
      body,
    };
  };
}

const isProblem = ({ type, body, status }: Answer) => type === 'application/problem+json' && body.status === status;

describe('invoking', () => {
  it('repeats a call on another replica when one dies in the middle of it, with the same Idempotency-Key', async () => {
    await withStage({}, async (stage) => {
      const replicas = [await stage.standIn(), await stage.standIn()];
      const { url } = await stage.frontend();
      const call = await callerAt(stage, url);
      // Each attempt goes to a replica by lot, so once in four times both repetitions meet the dead one again.
      const answered = await firstOf(12, async (round) => {
        const file = join(stage.folder, `crash-${round}`);
        const answer = await call(`/chat/sessions/${round}/messages?do=crash:${file}`, 'POST');
        const [dead] = replicas.filter((each) => Number(readFileSync(file, 'utf8').split(' ')[0]) === each.service.pid) as [
          Running,
        ];
        await dead.service.exited;
        if (answer.status === 200) {
          expect(answer.body.pid).toBe(replicas.find((each) => each !== dead)?.service.pid);
          expect(answer.body.headers?.['idempotency-key']).toBe(readFileSync(file, 'utf8').split(' ')[1]);
        } else expect([isProblem(answer), answer.status >= 503]).toEqual([true, true]);
        expect(answer.ms).toBeLessThan(10_000);
        await dead.service.revive();
        return answer.status === 200;
      });
      expect(answered).toBe(true);
    });
  });

  it('tries three times what may be different next time, and once what will not', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      const call = await callerAt(stage, url);
      const calls = async () => (await call('/tasks/100')).body.calls as number;
      for (const [id, status, attempts] of [
        [1, 503, 3],
        [2, 500, 3],
        [3, 429, 3],
        [4, 400, 1],
        [5, 404, 1],
        [6, 409, 1],
        [7, 412, 1],
      ]) {
        const before = await calls();
        const answer = await call(`/tasks/${id}?do=status:${status}`);
        expect([status, answer.status, (await calls()) - before - 1]).toEqual([status, status, attempts]);
      }
    });
  });

  it('answers 504 at its own deadline when nothing else does, with the service still at work', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend({ INVOKE_DEADLINE_MS: '1500' });
      const call = await callerAt(stage, url);
      const answer = await call('/tasks?do=hang');
      expect([answer.status, isProblem(answer)]).toEqual([504, true]);
      expect(answer.ms).toBeGreaterThanOrEqual(1_450);
      expect(answer.ms).toBeLessThan(4_000);
      expect((await call('/tasks/1')).status).toBe(200);
    });
  });

  it('gives each attempt its own time, and says 504 after the last', async () => {
    await withStage({ resiliency: (text) => text.replace(/attempt: \d+s/, 'attempt: 400ms') }, async (stage) => {
      await stage.standIn();
      const { url } = await stage.frontend();
      const call = await callerAt(stage, url);
      const before = (await call('/tasks/1')).body.calls as number;
      const answer = await call('/tasks?do=hang');
      expect([answer.status, isProblem(answer)]).toEqual([504, true]);
      expect(answer.ms).toBeGreaterThanOrEqual(3 * 400);
      expect(answer.ms).toBeLessThan(9_000);
      expect(((await call('/tasks/1')).body.calls as number) - before - 1).toBe(3);
    });
  });

  it('says 503 soon while the service or its sidecar is gone, and works again by itself', async () => {
    await withStage({}, async (stage) => {
      const behind = await stage.standIn();
      const { url } = await stage.frontend();
      const call = await callerAt(stage, url);
      let id = 0;
      const next = () => call(`/tasks/${++id}`);
      expect((await next()).status).toBe(200);
      await behind.service.kill();
      for (const answer of [await next(), await next()]) {
        expect([answer.status, isProblem(answer), Number(answer.retryAfter) > 0]).toEqual([503, true, true]);
        expect(answer.ms).toBeLessThan(6_000);
      }
      await behind.service.revive();
      await eventually(stage.scope, 'backend answers again', async () => (await next()).status === 200);

      await behind.sidecar.kill();
      const gone = await next();
      expect([gone.status >= 503, isProblem(gone), gone.ms < 10_000]).toEqual([true, true, true]);
      await behind.sidecar.revive();
      await eventually(stage.scope, 'its sidecar is found again', async () => (await next()).status === 200);
    });
  });

  it('stops asking a service that is gone: its own breaker opens for all paths, and closes by itself', async () => {
    await withStage({}, async (stage) => {
      const behind = await stage.standIn();
      const { url } = await stage.frontend();
      const call = await callerAt(stage, url);
      await behind.service.kill();
      for (let id = 1; id <= 5; id += 1) expect((await call(`/tasks/${id}`)).status).toBe(503);
      for (let id = 6; id <= 10; id += 1) {
        const answer = await call(`/tasks/${id}`);
        expect([answer.status, isProblem(answer), Number(answer.retryAfter) > 0]).toEqual([503, true, true]);
      }
      expect(await breakerIsOpen(url)).toBe(true);
      await behind.service.revive();
      await eventually(stage.scope, 'calls go through again', async () => (await call('/tasks/11')).status === 200);
      expect(await breakerIsOpen(url)).toBe(false);
    });
  });

  it('says 503 at once while its own sidecar is gone, keeps giving the page, and needs no restart', async () => {
    await withStage({}, async (stage) => {
      await stage.standIn();
      const { url, sidecar } = await stage.frontend();
      const call = await callerAt(stage, url);
      expect((await call('/tasks/1')).status).toBe(200);
      await sidecar.kill();
      for (let count = 0; count < 10; count += 1) {
        const answer = await call('/tasks/1');
        expect([answer.status, isProblem(answer), answer.ms < 500]).toEqual([503, true, true]);
      }
      expect([(await fetch(url)).status, (await call('/session')).status, (await fetch(`${url}/readyz`)).status]).toEqual([
        200, 200, 200,
      ]);
      await sidecar.revive();
      await eventually(stage.scope, 'calls go through again', async () => (await call('/tasks/1')).status === 200);
    });
  });
});

async function firstOf(rounds: number, act: (round: number) => Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < rounds; round += 1) if (await act(round)) return true;
  return false;
}

const breakerIsOpen = async (url: string): Promise<boolean> =>
  /^sidecar_breaker_open\{breaker="invoke backend"\} 1$/m.test(await (await fetch(`${url}/metrics`)).text());
