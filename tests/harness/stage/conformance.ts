/** What every Target must be able to do, whatever it runs on. A new target brings a way to stage it and gets these tests. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from '../../../harness/evidence/journal.ts';
import type { Target } from '../../../harness/stage/target.ts';

export interface Staged {
  readonly target: Target;
  stop(): Promise<void>;
}

export function conformance(title: string, stage: () => Promise<Staged>): void {
  describe(`target ${title}`, () => {
    let staged: Staged;
    const target = () => staged.target;
    beforeAll(async () => {
      staged = await stage();
    });
    afterAll(() => staged?.stop());

    /** Creates a task as a user does; the event it promised, or the status it was refused with. */
    async function create(user: string): Promise<string> {
      const response = await fetch(new URL(`/api/${user}/tasks`, target().url('backend')), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await target().authorization(user)) },
        body: JSON.stringify({ title: 'conformance' }),
      });
      expect(response.status).toBe(201);
      return response.headers.get('x-event-id') as string;
    }
    async function effectOf(eventId: string, since: number): Promise<void> {
      const giveUpAt = clockMs() + 40_000;
      while (!(await target().effectIds(since)).has(eventId)) {
        if (clockMs() > giveUpAt) throw new Error(`no effect of ${eventId}`);
        await sleep(50);
      }
    }

    it('answers at the addresses it gives', async () => {
      expect((await fetch(new URL('/readyz', target().url('backend')))).status).toBe(200);
      expect((await fetch(new URL('/v1.0/healthz', target().sidecarUrl('backend')))).status).toBe(204);
      expect(() => target().url('no-such-service')).toThrow('no-such-service');
    });

    it('collects the outbox row, the broker record and the effect of one request, and nothing from before', async () => {
      const since = clockMs();
      const eventId = await create('collected');
      await effectOf(eventId, since);
      const { outbox, effects, records } = await target().collect(since);
      expect(outbox.map((row) => row.eventId)).toEqual([eventId]);
      expect(effects.map((effect) => [effect.eventId, effect.eventType])).toEqual([[eventId, 'task.created']]);
      const record = records.find(({ topic }) => topic === 'task-events');
      expect(record).toMatchObject({ id: eventId, key: outbox[0]?.key, event: { event_id: eventId } });
      expect(record?.at).toBeGreaterThanOrEqual(Math.floor(since));
      expect((await target().collect(clockMs() + 1)).records).toEqual([]);
    });

    it('samples the sidecar, the backlog and the machine', async () => {
      const metrics = new Set((await target().sample()).map(({ metric }) => metric));
      expect([...metrics]).toEqual(
        expect.arrayContaining(['outbox_unsent', 'machine_cpu_ratio', 'dapr_component_pubsub_egress_bulk_count']),
      );
    });

    it('hurts a part and heals it again, and what was asked meanwhile has its effect', async () => {
      const { kill, revive, pause, resume } = target().controls;
      const since = clockMs();
      await kill?.('backend-sidecar');
      await expect(fetch(new URL('/v1.0/healthz', target().sidecarUrl('backend')))).rejects.toThrow();
      const whileDead = await create('hurt');
      await revive?.('backend-sidecar');
      await effectOf(whileDead, since);
      await pause?.('notification');
      const whilePaused = await create('hurt');
      await expect(
        fetch(new URL('/livez', target().url('notification')), { signal: AbortSignal.timeout(300) }),
      ).rejects.toThrow();
      await resume?.('notification');
      await effectOf(whilePaused, since);
      await expect(target().controls.kill?.('no-such-part')).rejects.toThrow('NO_PART');
    });
  });
}
