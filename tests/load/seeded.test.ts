import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { WorkloadRun } from '../../harness/experiment.ts';
import { randomFrom, uuidFrom } from '../../harness/random.ts';
import { state } from '../../load/state.load.ts';
import { customers } from '../byo/orders/load/busy-morning.load.ts';

const real = globalThis.fetch;
const sent = new Map<string, string[]>();

beforeEach(() => {
  sent.clear();
  globalThis.fetch = jest.fn<typeof fetch>((input, init) => {
    const url = new URL(String(input));
    const of = sent.get(url.host) ?? [];
    sent.set(url.host, [...of, `${init?.method ?? 'GET'} ${url.pathname} ${String(init?.body ?? '')}`]);
    const answer = Response.json({ number: `S-${of.length}` });
    return Promise.resolve(answer);
  });
});

afterEach(() => {
  globalThis.fetch = real;
});

/** What a workload sends, drawn from `random`; `host` keeps apart those that run at once. */
async function requests(host: string, random: () => number, run: (w: WorkloadRun) => Promise<void>): Promise<readonly string[]> {
  const nothing = () => undefined;
  const w = {
    target: {
      url: () => new URL(`http://${host}`),
      sidecarUrl: () => new URL(`http://${host}`),
    },
    system: { answers: { eventId: 'x-event' }, changes: {} },
    journal: { plan: nothing, invoke: nothing, op: nothing, answer: nothing, sample: nothing, fact: nothing, mark: nothing },
    random,
    seed: 1,
    signal: new AbortController().signal,
  };
  await run(w as unknown as WorkloadRun);
  return (sent.get(`${host}`) ?? []).toSorted();
}

it.each([
  ['state', (w: WorkloadRun) => state.workload.run(w), 600],
  ['busy-morning', (w: WorkloadRun) => customers(w, 1_000), 25],
])(
  'sends the same requests for the same seed, and others for another: %s',
  async (_, run, atLeast) => {
    const [one, same, other] = await Promise.all([
      requests('one.test', randomFrom(7), run),
      requests('same.test', randomFrom(7), run),
      requests('other.test', randomFrom(8), run),
    ]);
    expect(one.length).toBeGreaterThanOrEqual(atLeast);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  },
  20_000,
);

it('draws version 4 UUIDs, the same for the same seed and never one twice', () => {
  const draw = (seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: 1_000 }, () => uuidFrom(random));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(new Set([...draw(7), ...draw(8)]).size).toBe(2_000);
  for (const id of draw(7)) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
