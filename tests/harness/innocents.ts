/**
 * The innocent are acquitted: `npm run innocents` performs the experiments of `verify` again and again, on a quiet machine, and prints
 * what was not a pass, with the judge's sentence. Takes four minutes for each run, so it is no part of `npm test`.
 *
 * `--runs <n>` (default 20); `--seed <n>`: of the first run, the next ones count on. Their evidence stays in reports/innocents.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findingsOf, start } from './plumbline.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const [runs, firstSeed] = [Number(values.runs), Number(values.seed)];
const reports = resolve(import.meta.dirname, '../../reports/innocents');
const say = (...cells: readonly unknown[]) =>
  process.stdout.write(`| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |\n`);

let acquitted = 0;
say('run', 'seed', 'seconds', 'exit', 'claims that held', 'of', 'what did not');
say('---', '---', '---', '---', '---', '---', '---');
for (let n = 1; n <= runs; n++) {
  const seed = firstSeed + n - 1;
  const from = performance.now();
  const { code, stderr } = await start(['verify', '--seed', String(seed), '--reports', reports]).ended;
  const seconds = Math.round((performance.now() - from) / 1_000);
  if (code === 0) acquitted += 1;
  if (code === null || code > 2) {
    say(n, seed, seconds, code, '', '', stderr.trim().split('\n').at(-1));
    // It was stopped: what comes next would be as well.
    if (code === null || code === 130) break;
    continue;
  }
  const judged = findingsOf(reports).filter(({ verdict }) => verdict !== 'skipped');
  const others = judged.filter(({ verdict }) => verdict !== 'pass');
  const told = others.map(({ experiment, claim, verdict, because }) => `${verdict}: ${claim} in ${experiment}: ${because}`);
  say(n, seed, seconds, code, judged.length - others.length, judged.length, told.join('; '));
}
process.stdout.write(`\n${acquitted} of ${runs} runs passed\n`);
process.exit(acquitted === runs ? 0 : 1);
