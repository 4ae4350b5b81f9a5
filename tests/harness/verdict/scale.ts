/**
 * How long the judge takes, and how much memory, by the number of operations: each has an invoke, an outbox row, an effect and two
 * broker records. Each size is judged in a process of its own, from a sealed innocent run in a temporary folder. Prints the table.
 *   npm run scale -- [operations...]     default: 10000 100000 1000000
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '../../../harness/evidence/run-folder.ts';
import { checkSeal } from '../../../harness/evidence/seal.ts';
import { outputs } from '../../../harness/report/outputs.ts';
import { judge } from '../../../harness/verdict/judge.ts';
import { busy } from '../../evidence/busy.ts';
import { write } from '../../evidence/generate.ts';

const RATE_PER_S = 1_000;
const RUN = 'scale';

interface Taken {
  readonly rows: number;
  readonly sealS: number;
  readonly readS: number;
  readonly judgeS: number;
  readonly reportS: number;
  readonly peakMb: number;
  readonly verdict: string;
  /** Of all reports: two judges that say the same have the same. */
  readonly digest: string;
}

async function make(operations: number, folder: string): Promise<void> {
  const { record, files } = busy({ arrivals: operations, ratePerS: RATE_PER_S });
  const checkers = ['delivery', 'crud-events', 'conformance', 'generator', 'completions'];
  await write({ name: RUN, stories: [{ record: { ...record, checkers }, files }] }, folder);
}

async function take(folder: string): Promise<Taken> {
  const times: number[] = [performance.now()];
  const lap = () => times.push(performance.now());
  const sealed = await checkSeal(folder, []);
  lap();
  const run = readRun(folder);
  lap();
  const judged = judge(run, sealed);
  lap();
  const hash = createHash('sha256');
  for (const { render } of outputs) hash.update(render(run, judged));
  lap();
  const seconds = (n: number) => ((times[n + 1] as number) - (times[n] as number)) / 1_000;
  const [{ ops = [], invokes = [], outbox = [], effects = [], records = [] } = {}] = run.experiments;
  return {
    rows: [ops, invokes, outbox, effects, records].reduce((sum, { length }) => sum + length, 0),
    sealS: seconds(0),
    readS: seconds(1),
    judgeS: seconds(2),
    reportS: seconds(3),
    peakMb: process.resourceUsage().maxRSS / 1_024,
    verdict: judged.verdict,
    digest: hash.digest('hex').slice(0, 12),
  };
}

/** In a process of its own: one's memory is not the other's. */
function apart(...words: string[]): string {
  // The young generation is left as Node has it; the old one may grow, so that what is measured is what is needed.
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=16000', import.meta.filename, ...words], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

const [word, ...rest] = process.argv.slice(2);
if (word === 'make') await make(Number(rest[0]), rest[1] as string);
else if (word === 'take') process.stdout.write(JSON.stringify(await take(rest[0] as string)));
else {
  const sizes = word === undefined ? [10_000, 100_000, 1_000_000] : [word, ...rest].map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1))
    throw new Error('SIZE_INVALID: a size is a whole number of operations; try: npm run scale -- 10000 100000');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const into = mkdtempSync(join(tmpdir(), 'plumbline-scale-'));
  try {
    say('| operations | rows | seal s | read s | judge s | reports s | peak MB | verdict | digest of reports |');
    say('| ---------- | ---- | ------ | ------ | ------- | --------- | ------- | ------- | ----------------- |');
    for (const size of sizes) {
      apart('make', String(size), into);
      const taken = JSON.parse(apart('take', join(into, RUN))) as Taken;
      const cells = [
        ...[size, taken.rows].map((count) => count.toLocaleString('en-US')),
        ...[taken.sealS, taken.readS, taken.judgeS, taken.reportS].map((s) => s.toFixed(2)),
        taken.peakMb.toFixed(0),
        taken.verdict,
        taken.digest,
      ];
      say(`| ${cells.join(' | ')} |`);
    }
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}
