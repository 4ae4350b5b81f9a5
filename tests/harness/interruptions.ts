/**
 * Ctrl-C at any moment: `npm run interruptions` starts a run of three experiments again and again, sends it SIGINT at moments drawn from a
 * seed, and looks whether it healed, sealed, told and left nothing. Takes about a minute for each moment, so it is no part of `npm test`.
 *
 * `--count <n>` moments (default 50), `--seed <n>`, `--within <s>`: the last moment that may be drawn (default 150, a whole run).
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Mark } from '../../harness/evidence/records.ts';
import { randomFrom } from '../../harness/random.ts';
import { plumbline, scratchFolder, start, systemWith } from './plumbline.ts';

const experiments = ['crud-events', 'create-100', 'redis-down'];

/** What lives of it: whoever has its work folder in its command line or is in it, and whoever is in one of its process groups. */
function alive(word: string, groups: ReadonlySet<number>): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        const ofIt = groups.has(Number(group)) || `${command} ${readlinkSync(`/proc/${pid}/cwd`)}`.includes(word);
        return ofIt && state !== 'Z' ? [`${pid} ${command.slice(0, 60)}`] : [];
      } catch {
        // It ended a moment ago.
        return [];
      }
    });
}

/** Groups that the process and its children lead: parts are started as leaders. */
function groupsOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, ppid, group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        return Number(ppid) === parent && Number(group) === Number(pid) ? [Number(group)] : [];
      } catch {
        return [];
      }
    });
}

const marksIn = (file: string): Mark[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Mark)
    : [];

/** Sentences: what a run that was interrupted left undone. */
async function faultsOf(reports: string, code: number | null, interrupted: boolean, begun: boolean): Promise<string[]> {
  const folders = existsSync(reports) ? readdirSync(reports).filter((name) => !/latest/.test(name)) : [];
  const [name] = folders;
  // Before there was anything to see, there is nothing to seal; and before it listens, Node itself is interrupted.
  if (name === undefined) return code === 130 || !begun ? [] : [`no run folder, and exit ${code}`];
  const folder = join(reports, name);
  const complaints: string[] = [];
  if (interrupted ? code !== 130 : ![0, 1, 2].includes(code ?? -1)) complaints.push(`exit ${code}`);
  if (!existsSync(join(folder, 'sealed.json'))) complaints.push('not sealed');
  if (!existsSync(join(folder, 'verdict.json'))) complaints.push('not judged');
  const ended = (one: string) =>
    marksIn(join(folder, 'experiments', one, 'journal.ndjson')).some((mark) => mark.name === 'collected');
  // One that came when all had been performed interrupts nothing that was seen.
  if (interrupted && !existsSync(join(folder, 'interrupted.json')) && !experiments.every(ended))
    complaints.push('the interruption is not told');
  for (const one of experiments) {
    const marks = marksIn(join(folder, 'experiments', one, 'journal.ndjson'));
    const count = (kind: Mark['kind']) => marks.filter((mark) => mark.kind === kind).length;
    if (count('fault-in') !== count('healed')) complaints.push(`${one}: ${count('fault-in')} in, ${count('healed')} healed`);
    if (count('broke') + count('crash') > 0)
      complaints.push(
        `${one}: ${marks
          .filter(({ kind }) => kind === 'broke' || kind === 'crash')
          .map((mark) => mark.name)
          .join('; ')}`,
      );
  }
  const judged = await plumbline(['judge', folder]);
  if (![0, 1, 2].includes(judged.code ?? -1)) complaints.push(`judge: exit ${judged.code}`);
  if (existsSync(join(folder, 'interrupted.json')) && !judged.stdout.includes('interrupted'))
    complaints.push('its report does not tell the interruption');
  return complaints;
}

/** None as soon as all of them have ended; those that are there when patience is. */
async function goneOrLeft(look: () => readonly string[]): Promise<readonly string[]> {
  const giveUpAt = performance.now() + 5_000;
  for (;;) {
    const left = look();
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    await sleep(20);
  }
}

async function interruptAt(moment: number, n: number, scratch: string): Promise<readonly string[]> {
  const name = `interrupted-${process.pid}-${n}`;
  const reports = join(scratch, name);
  const run = start([
    'run',
    ...experiments,
    '--seed',
    String(n),
    '--reports',
    reports,
    '--system',
    systemWith(scratch, (system) => void Object.assign(system, { system: name })),
  ]);
  const pid = run.child.pid as number;
  const groups = new Set<number>();
  const remember = setInterval(() => groupsOf(pid).forEach((group) => groups.add(group)), 200);
  const over = new AbortController();
  void run.ended.then(() => over.abort());
  await sleep(moment, undefined, { signal: over.signal }).catch(() => undefined);
  const interrupted = !over.signal.aborted;
  groupsOf(pid).forEach((group) => groups.add(group));
  const from = performance.now();
  if (interrupted) run.child.kill('SIGINT');
  const { code, stderr } = await run.ended;
  const tookS = (performance.now() - from) / 1000;
  clearInterval(remember);
  // The watchdog is a group of its own, and ends when it has seen us end.
  const left = await goneOrLeft(() => alive(`plumbline-${name}-`, groups));
  const complaints = [...(await faultsOf(reports, code, interrupted, stderr !== '')), ...left.map((one) => `left: ${one}`)];
  const lines = stderr.split('\n');
  const said = interrupted ? (lines[lines.findIndex((line) => line.includes('SIGINT: ')) - 1] ?? '') : 'it had ended';
  return [
    `${(moment / 1000).toFixed(1)} s`,
    String(code),
    `${tookS.toFixed(1)} s`,
    said.replace(/^\[.*?\] /, '').slice(0, 60),
    complaints.join('; ') || 'well',
  ];
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    within: { type: 'string', default: '150' },
  },
});
const random = randomFrom(Number(values.seed));
const scratch = scratchFolder();
let ill = 0;
process.stdout.write('| moment | exit | ended after | it had said last | found |\n|---|---|---|---|---|\n');
for (let n = 1; n <= Number(values.count); n++) {
  const row = await interruptAt(random() * Number(values.within) * 1000, n, scratch.path);
  if (row.at(-1) !== 'well') ill += 1;
  process.stdout.write(`| ${row.join(' | ')} |\n`);
}
if (ill === 0) scratch.remove();
else process.stdout.write(`\n${ill} of ${values.count} were not well; their folders: ${scratch.path}\n`);
process.exit(ill === 0 ? 0 : 1);
