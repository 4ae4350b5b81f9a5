/** The facts of crud-events, told by a backend in memory that keeps its promises, and by its twins that do not. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import type { BrokerRecord, Fact } from '../../harness/evidence/records.ts';
import type { WorkloadRun } from '../../harness/experiment.ts';
import { randomFrom } from '../../harness/random.ts';
import { holds } from '../../harness/verdict/facts.ts';
import { crudEvents } from './crud-events.check.ts';

interface Guilt {
  readonly forgetsTasks?: boolean;
  readonly forgetsCompletion?: boolean;
  readonly forgetsKeys?: boolean;
  /** What task-updates says in the place of task.completed. */
  readonly saysInstead?: string;
}
interface Task {
  title: string;
  completed: boolean;
}

let server: Server | undefined;
afterEach(() => void server?.close());

async function backend(guilt: Guilt, records: BrokerRecord[]): Promise<URL> {
  const tasks = new Map<string, Task>();
  const madeUnder = new Map<string, string>();
  const published = (key: string, type: string) => {
    for (const topic of ['task-events', 'task-updates']) {
      const told = topic === 'task-updates' && type === 'task.completed' ? (guilt.saysInstead ?? type) : type;
      records.push({
        topic,
        partition: 0,
        offset: records.length,
        at: 0,
        key,
        contentType: null,
        id: null,
        event: { event_type: told },
      });
    }
  };
  server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const body = text === '' ? {} : (JSON.parse(text) as Partial<Task>);
      const [, , , , id, verb] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
      const answer = (status: number, of: unknown) =>
        void response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(status === 204 ? undefined : JSON.stringify(of));
      if (id === undefined && request.method === 'GET') return answer(200, { items: [] });
      const under = String(request.headers['idempotency-key'] ?? '');
      const made = guilt.forgetsKeys ? undefined : madeUnder.get(under);
      if (id === undefined && under !== '' && made !== undefined) return answer(201, { id: Number(made), ...tasks.get(made) });
      const key = id ?? String(tasks.size + 1);
      if (id === undefined && under !== '') madeUnder.set(under, key);
      if (id === undefined) tasks.set(key, { title: body.title ?? '', completed: false });
      const task = tasks.get(key) as Task;
      if (id === undefined) published(key, 'task.created');
      else if (verb === 'complete') {
        task.completed = !guilt.forgetsCompletion;
        published(key, 'task.completed');
      } else if (request.method === 'PATCH') published(key, 'task.updated');
      else if (request.method === 'DELETE') published(key, 'task.deleted');
      if (request.method === 'GET' && guilt.forgetsTasks) return answer(404, {});
      answer(id === undefined ? 201 : request.method === 'DELETE' ? 204 : 200, { id: Number(key), ...task });
    })();
  });
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** Which facts were looked at, and which of them were contradicted. */
async function told(guilt: Guilt): Promise<{ readonly looked: string[]; readonly wrong: string[] }> {
  const records: BrokerRecord[] = [];
  const url = await backend(guilt, records);
  const facts: Fact[] = [];
  const run = {
    seed: 1,
    random: randomFrom(1),
    signal: new AbortController().signal,
    system: { changes: {}, answers: { eventId: 'X-Event-Id' } },
    journal: {
      plan: () => undefined,
      invoke: () => undefined,
      mark: () => ({ at: 0 }),
      op() {},
      answer() {},
      fact: (fact: Partial<Fact>) => void facts.push({ at: 0, comparison: '==', ...fact } as Fact),
    },
    target: {
      replicas: () => [url],
      authorization: async () => ({}),
      collect: async () => ({ outbox: [], effects: [], records }),
    },
  } as unknown as WorkloadRun;
  await crudEvents.workload.run(run);
  const names = (of: readonly Fact[]) => [...new Set(of.map(({ name }) => name))].sort();
  return { looked: names(facts), wrong: names(facts.filter((fact) => !holds(fact))) };
}

it.each<[string, Guilt, string[]]>([
  ['keeps its promises', {}, []],
  ['forgets what it has taken', { forgetsTasks: true }, ['completed', 'saved']],
  ['says that a task is completed and does not keep it', { forgetsCompletion: true }, ['completed']],
  ['forgets the key of a create', { forgetsKeys: true }, ['repeated-once']],
  ['tells screens of another type', { saysInstead: 'task.updated' }, ['types-in-topics']],
])('a backend that %s', async (_, guilt, wrong) => {
  expect(await told(guilt)).toEqual({ looked: ['completed', 'repeated-once', 'saved', 'types-in-topics'], wrong });
});
