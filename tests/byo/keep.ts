/**
 * Keeps a run as evidence for tests: small enough to be committed, sealed again.
 *   node tests/byo/keep.ts <run folder> <into>
 * Of a long experiment some orders stay, each with all that was seen of it. What tells how busy the machine was goes, and the
 * logs: this evidence is about events, not about time.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AnswerSeen,
  BrokerRecord,
  Effect,
  Invoke,
  Mark,
  Op,
  OutboxRow,
  Plan,
  Sample,
} from '../../harness/evidence/records.ts';
import { evidenceFiles, type EvidenceKind } from '../../harness/evidence/files.ts';
import { readNdjson } from '../../harness/evidence/ndjson.ts';
import { runPaths, writeNdjson } from '../../harness/evidence/run-folder.ts';
import { seal } from '../../harness/evidence/seal.ts';
import { outputs } from '../../harness/report/outputs.ts';

const ordersMax = 25;
const answersMax = 25;
const metrics = new Set(['dapr_component_pubsub_egress_count', 'generator_dropped_iterations', 'outbox_unsent']);

const [from, into] = process.argv.slice(2);
if (from === undefined || into === undefined) throw new Error('Name the folder of a run, and where to keep it');
rmSync(into, { recursive: true, force: true });
cpSync(from, into, { recursive: true, dereference: true });
const paths = runPaths(into);
rmSync(paths.logs, { recursive: true });
for (const { file } of outputs) rmSync(join(into, file), { force: true });

for (const experiment of readdirSync(paths.experiments)) {
  const file = (name: string) => join(paths.experiment(experiment), `${name}.ndjson`);
  const rows = <T>(name: string) => readNdjson<T>(file(name), []) ?? [];
  const keep = <T extends object>(name: string, wanted: (row: T, n: number) => boolean) =>
    writeNdjson(file(name), rows<T>(name).filter(wanted));
  // Orders to which more than one thing happened: of others nobody can say that they kept their order.
  const changed = [...Map.groupBy(rows<OutboxRow>('outbox'), ({ key }) => key)].filter(([, events]) => events.length > 1);
  const kept = new Set<string | null | undefined>(changed.slice(0, ordersMax).map(([key]) => key));
  keep<Op>('ops', ({ key }) => kept.has(key));
  const sent = new Set(rows<Op>('ops').map(({ invoke }) => invoke));
  keep<Invoke>('invokes', ({ id }) => sent.has(id));
  // What was planned shrinks with what stays, as if no more had ever been meant to come.
  const invokes = Map.groupBy(rows<Invoke>('invokes'), ({ who, what }) => `${who} ${what}`);
  const plans = Map.groupBy(rows<Plan>('plans'), ({ who, what }) => `${who} ${what}`);
  writeNdjson(
    file('plans'),
    [...plans].map(([kind, [plan]]) => ({ ...plan, arrivals: invokes.get(kind)?.length ?? 0 })),
  );
  keep<OutboxRow>('outbox', ({ key }) => kept.has(key));
  keep<Effect>('effects', ({ key }) => kept.has(key));
  keep<BrokerRecord>('records', ({ key }) => kept.has(key));
  keep<AnswerSeen>('answers', (_answer, n) => n < answersMax);
  keep<Sample>('samples', ({ metric }) => metrics.has(metric));
  // As many as there are now: else the journal would tell that some were taken away.
  const counted = (detail: Mark['detail'] = {}) =>
    Object.fromEntries(
      Object.keys(detail).map((kind) => [kind, rows(evidenceFiles[kind as EvidenceKind].name.replace('.ndjson', '')).length]),
    );
  writeNdjson(
    file('journal'),
    rows<Mark>('journal').map((mark) =>
      /^(collected|journal-end)$/.test(mark.name) ? { ...mark, detail: counted(mark.detail) } : mark,
    ),
  );
}
await seal(into);
