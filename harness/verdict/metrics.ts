/**
 * The registry of what can be measured: a name an objective may use -> how it is read from evidence. An operation
 * belongs to the window in which it was *intended*, so what a fault delayed counts against the fault.
 */
import type { EvidenceKind } from '../evidence/files.ts';
import type { Op } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { checkRecords, type Schemas } from './conformance.ts';
import { followDelivery, promised, topicsWithEffects } from './delivery.ts';
import { checkAnswers } from './http-conformance.ts';
import { counted, EXAMPLES_MAX } from './judgement.ts';
import type { OtherClock } from './clocks.ts';
import { recoveryOf } from './health.ts';
import { droppedIn } from './dropped.ts';
import type { Measured } from './measured.ts';
import { inEffects } from './order.ts';
import { recovery } from './recovery.ts';
import { Latencies } from './statistics/histogram.ts';
import type { Given } from './statistics/statistic.ts';
import { inside, secondsOf, type Window } from './windows.ts';

export interface Scene {
  readonly evidence: ExperimentEvidence;
  readonly schemas: Schemas | undefined;
  readonly window: Window;
  readonly op?: string | undefined;
}

export interface Metric {
  readonly asks: string;
  readonly gives: Given;
  /** Spellings of its unit; the first is the one we print. */
  readonly units: readonly string[];
  /** True when it looks at the window only; else at the whole experiment, whatever the window. */
  readonly windowed: boolean;
  /** True when a poor generator spoils it. */
  readonly needsGenerator: boolean;
  /** What it looks at beside the marks of its window; first the file in which a counter-example is to be looked up. */
  readonly reads: readonly [EvidenceKind, ...EvidenceKind[]];
  /** The clock at its other end, where that is not the harness' own. */
  readonly clock?: OtherClock;
  measure(scene: Scene): Measured;
}

const LATENCY = { gives: 'latencies', units: ['ms'], windowed: true, needsGenerator: true, reads: ['ops'] } as const;
const COUNT = { gives: 'count', units: ['events', 'event', 'records', 'count'], windowed: false, needsGenerator: false } as const;

export const metrics: Readonly<Record<string, Metric>> = {
  'latency.service': {
    ...LATENCY,
    asks: 'from the sent request to its answer; a failed or unanswered request is slower than any limit',
    measure: (scene) => latencyOf(scene, (op) => (op.type === 'ok' ? op.at - op.startedAt : Number.POSITIVE_INFINITY)),
  },
  'latency.response': {
    ...LATENCY,
    asks: 'from the moment the request was due to its answer; a failed or unanswered request is slower than any limit',
    measure: (scene) =>
      latencyOf(scene, (op) => (op.type === 'ok' ? op.at - op.intendedAt : Number.POSITIVE_INFINITY), {
        sentMs: (op) => op.startedAt - op.intendedAt,
      }),
  },
  'latency.generator-lag': {
    ...LATENCY,
    asks: 'from the moment a request was due to the moment the generator sent it',
    measure: (scene) => latencyOf(scene, (op) => op.startedAt - op.intendedAt),
  },
  'latency.accept-to-broker': {
    ...LATENCY,
    asks: 'from the sent request (earlier than its acceptance, so never too kind) to the record in a topic whose events take effect',
    reads: ['records', 'ops'],
    clock: 'broker',
    measure: (scene) => {
      const { records } = scene.evidence;
      if (records === undefined) return { missing: 'records.ndjson is missing, so nobody knows when events reached the broker' };
      const topics = topicsWithEffects(scene.evidence);
      if ('missing' in topics) return topics;
      const at = earliest(records.filter((record) => topics.has(record.topic)).map((record) => [record.id, record.at]));
      return latencyOf(scene, (op) => (at.get(op.eventId ?? '') ?? Number.POSITIVE_INFINITY) - op.startedAt, { which: promised });
    },
  },
  'latency.accept-to-effect': {
    ...LATENCY,
    asks: 'from the sent request to the effect in the other service',
    reads: ['effects', 'ops'],
    clock: 'database',
    measure: (scene) => {
      const { effects } = scene.evidence;
      if (effects === undefined) return { missing: 'effects.ndjson is missing, so nobody knows when effects came' };
      const at = earliest(effects.map((effect) => [effect.eventId, effect.at]));
      return latencyOf(scene, (op) => (at.get(op.eventId ?? '') ?? Number.POSITIVE_INFINITY) - op.startedAt, { which: promised });
    },
  },
  errors: {
    asks: 'the share of requests that failed or were not answered',
    gives: 'ratio',
    units: ['ratio', 'share'],
    windowed: true,
    needsGenerator: true,
    reads: ['ops', 'samples', 'plans'],
    measure: (scene) => {
      const ops = countedOps(scene);
      if ('missing' in ops) return ops;
      const bad = ops.list.filter((op) => op.type !== 'ok');
      const { bySystem, byGenerator } = droppedIn(scene.evidence, scene.window, scene.op);
      // An arrival that found everyone waiting for the system was refused by it; of the others nobody knows.
      const [failed, all] = [bad.length + bySystem, ops.list.length + bySystem];
      return {
        value: failed / all,
        samples: all,
        examples: bad.slice(0, EXAMPLES_MAX).map(described),
        bounds: [failed / (all + byGenerator), (failed + byGenerator) / (all + byGenerator)],
        ...(bySystem > 0 && { because: `${counted(bySystem, 'arrival')} found everyone waiting for the system` }),
      };
    },
  },
  throughput: {
    asks: 'successful answers a second',
    gives: 'rate',
    units: ['ops/s', '1/s', '/s', 'events/s', 'requests/s'],
    windowed: true,
    needsGenerator: true,
    reads: ['ops', 'samples', 'plans'],
    measure: (scene) => {
      const { ops } = scene.evidence;
      if (ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows what was answered' };
      // By the answer's time: a queue answered after the window was not served in it.
      const ok = ops.filter((op) => op.type === 'ok' && !op.warmup && matches(op, scene.op) && inside(scene.window, op.at));
      const seconds = secondsOf(scene.window.spans);
      // What was sent late may have been answered in time, had it been sent in time; what was never sent, too.
      const { byGenerator } = droppedIn(scene.evidence, scene.window, scene.op);
      const due = (op: Op) => op.type === 'ok' && !op.warmup && matches(op, scene.op) && inside(scene.window, op.at - lagOf(op));
      const most = Math.max(ok.length, ops.filter(due).length) + byGenerator;
      return { value: ok.length / seconds, samples: ok.length, examples: [], bounds: [ok.length / seconds, most / seconds] };
    },
  },
  'broker.appended': {
    asks: 'records a second that the broker appended, by its own time, to whatever topic',
    gives: 'rate',
    units: ['events/s', '1/s', '/s', 'records/s'],
    windowed: true,
    needsGenerator: false,
    reads: ['records'],
    measure: ({ evidence: { records }, window }) => {
      if (records === undefined) return { missing: 'records.ndjson is missing, so nobody knows what reached the broker' };
      const samples = records.filter(({ at }) => inside(window, at)).length;
      return { value: samples / secondsOf(window.spans), samples, examples: [] };
    },
  },
  'delivery.lost': strays('acknowledged events that will never have their effect', 'lost'),
  'delivery.duplicated': strays('events with more than one effect', 'duplicated'),
  'delivery.reordered': {
    ...COUNT,
    asks: 'events whose effect overtook that of an earlier event of the same key',
    reads: ['effects', 'ops'],
    measure: ({ evidence }) => {
      if (evidence.ops === undefined || evidence.effects === undefined)
        return { missing: 'ops.ndjson or effects.ndjson is missing' };
      const { checked, outOfOrder } = inEffects(evidence);
      return {
        value: outOfOrder.length,
        samples: checked,
        examples: outOfOrder.map((pair) => `${pair.overtookBy} before ${pair.first}`),
      };
    },
  },
  'contract.invalid': {
    ...COUNT,
    asks: 'records in the broker that break their schema or envelope',
    reads: ['records', 'ops', 'outbox', 'marks'],
    measure: ({ evidence, schemas }) => {
      const seen = checkRecords(evidence, schemas);
      if ('missing' in seen) return seen;
      if (seen.unknown.length > 0 && seen.invalid.length === 0)
        return { missing: `some records could not be judged: ${seen.unknown[0]}` };
      return {
        value: seen.invalid.length,
        samples: seen.checked,
        examples: seen.invalid.map((bad) => `${bad.id}: ${bad.because}`),
      };
    },
  },
  'answers.broken': {
    asks: 'the share of sampled answers that break operation, status, content type or schema of the HTTP contract',
    gives: 'ratio',
    units: ['ratio', 'share'],
    windowed: false,
    needsGenerator: false,
    reads: ['answers'],
    measure: ({ evidence, schemas }) => {
      const seen = checkAnswers(evidence, schemas);
      if ('missing' in seen) return seen;
      return { value: seen.broken.length / seen.checked, samples: seen.checked, examples: seen.broken.slice(0, EXAMPLES_MAX) };
    },
  },
  'recovery.caught-up': {
    asks: 'seconds from the verified healing until no acknowledged event waited for its effect any more',
    gives: 'value',
    units: ['s'],
    windowed: false,
    needsGenerator: false,
    reads: ['effects', 'ops', 'marks'],
    measure: ({ evidence }) => recovery(evidence),
  },
  'recovery.relapses': {
    asks: 'unhealthy seconds after the system had recovered: five healthy ones in a row are a recovery only if it lasts',
    gives: 'count',
    units: ['seconds', 'second'],
    windowed: false,
    needsGenerator: false,
    reads: ['ops', 'marks'],
    measure: ({ evidence }) => {
      const seen = recoveryOf(evidence);
      if ('missing' in seen) return seen;
      const { recoveredMs, healedMs, endMs, relapsesMs } = seen;
      const samples = Math.floor((endMs - healedMs) / 1_000);
      if (recoveredMs === undefined)
        return {
          value: Number.POSITIVE_INFINITY,
          samples,
          examples: [],
          because: 'it never recovered: no five seconds in a row were healthy',
        };
      const examples = relapsesMs
        .slice(0, EXAMPLES_MAX)
        .map((at) => `${((at - healedMs) / 1_000).toFixed(0)} s after the healing`);
      return { value: relapsesMs.length, samples, examples };
    },
  },
};

export const metricNames = (): string[] => Object.keys(metrics);

function latencyOf(
  scene: Scene,
  latencyMs: (op: Op) => number,
  {
    which = (ops) => ops,
    sentMs = () => 0,
  }: {
    readonly which?: (ops: readonly Op[]) => readonly Op[];
    /** What of the latency went by before the request was sent. */
    readonly sentMs?: (op: Op) => number;
  } = {},
): Measured {
  const ops = countedOps(scene, which);
  if ('missing' in ops) return ops;
  const timed = ops.list.map((op) => ({ op, ms: latencyMs(op) }));
  const slowest = timed.toSorted((a, b) => (a.ms === b.ms ? 0 : b.ms - a.ms)).slice(0, EXAMPLES_MAX);
  return {
    latencies: Latencies.of(timed.map(({ ms }) => ms)),
    timed: timed.map(({ op, ms }) => ({
      atMs: op.intendedAt,
      ms,
      leastMs: ms - sentMs(op),
      lagMs: op.startedAt - op.intendedAt,
      // What never came was not kept by a moment's stall.
      busy: { fromMs: op.startedAt, toMs: Number.isFinite(ms) ? Math.max(op.at, op.intendedAt + ms) : op.startedAt },
    })),
    examples: slowest.map(({ op, ms }) => `${Number.isFinite(ms) ? `${ms.toFixed(1)} ms` : 'never'}: ${described(op)}`),
  };
}

/** Warm-up is kept and plotted, never counted. */
function countedOps(
  scene: Scene,
  which: (ops: readonly Op[]) => readonly Op[] = (ops) => ops,
): { readonly list: readonly Op[] } | { readonly missing: string } {
  const { ops } = scene.evidence;
  if (ops === undefined) return { missing: 'ops.ndjson is missing, so nobody knows what was asked and answered' };
  const list = which(ops).filter((op) => !op.warmup && matches(op, scene.op) && inside(scene.window, op.intendedAt));
  const kind = scene.op === undefined ? 'operation' : `operation "${scene.op}"`;
  return list.length === 0 ? { missing: `no ${kind} fell into the ${scene.window.name} window` } : { list };
}

/** Counts what strayed while `list` says where; what is undecided forbids a clean zero. */
function strays(asks: string, list: 'lost' | 'duplicated'): Metric {
  return {
    ...COUNT,
    asks,
    reads: ['effects', 'ops', 'outbox', 'records', 'marks'],
    measure: ({ evidence }) => {
      const seen = followDelivery(evidence);
      if ('missing' in seen) return seen;
      const strayed = seen[list];
      if (list === 'lost' && strayed.length === 0 && seen.undecided.length > 0) {
        return { missing: `${counted(seen.undecided.length, 'acknowledged event')} had no effect: ${seen.undecided[0]?.where}` };
      }
      const examples = strayed.slice(0, EXAMPLES_MAX).map((stray) => `${stray.eventId}: ${stray.where}`);
      return { value: strayed.length, samples: seen.acknowledged.length, examples };
    },
  };
}

/** The first time counts: a duplicate does not make an event late. */
function earliest(pairs: Iterable<readonly [string | null, number]>): Map<string, number> {
  const at = new Map<string, number>();
  for (const [id, time] of pairs) if (id !== null && time < (at.get(id) ?? Number.POSITIVE_INFINITY)) at.set(id, time);
  return at;
}

const lagOf = ({ startedAt, intendedAt }: Op): number => Math.max(0, startedAt - intendedAt);

const matches = (op: Op, what: string | undefined): boolean => what === undefined || op.what === what;

const described = (op: Op): string =>
  [
    op.what,
    op.key && `key ${op.key}`,
    op.eventId && `event ${op.eventId}`,
    op.type !== 'ok' && (op.error ?? `status ${op.status ?? '?'}`),
  ]
    .filter(Boolean)
    .join(', ');
