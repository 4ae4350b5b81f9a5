/** The judge on trial: a run that it acquits is made guilty in one way after the other, and each time it must say so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, Verdict } from '../evidence/records.ts';
import { readRun } from '../evidence/run-folder.ts';
import { checkSeal, seal } from '../evidence/seal.ts';
import { outputs } from '../report/outputs.ts';
import { type Judged, judge, titleOf } from '../verdict/judge.ts';
import type { Crime, Crimes } from './crime.ts';
import { NotHere, openScene } from './scene.ts';

export interface Tried {
  readonly kind: string;
  readonly crime: string;
  readonly what: string;
  readonly wanted: Crime['verdict'];
  /** Absent: this run has nothing that such a crime could be committed on. */
  readonly verdict?: Verdict;
  /** What was found, or why nothing could be tried: a sentence. */
  readonly because: string;
  readonly right: boolean;
}

/** Rejects when the run is not innocent to begin with: then nothing can be learned from it. */
export async function trial(innocent: string, kinds: readonly Crimes[], say: (tried: Tried) => void): Promise<Tried[]> {
  const first = await judged(innocent);
  if (first.verdict !== 'pass')
    throw new Error(`NOT_INNOCENT: ${innocent} is judged ${first.verdict}: ${first.because} Name a run that passes`);
  const workshop = mkdtempSync(join(tmpdir(), 'plumbline-trial-'));
  const all: Tried[] = [];
  try {
    for (const { kind, crimes } of kinds)
      for (const crime of crimes) {
        const one = await tried(innocent, join(workshop, 'run'), kind, crime);
        rmSync(join(workshop, 'run'), { recursive: true, force: true });
        all.push(one);
        say(one);
      }
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
  return all;
}

async function tried(innocent: string, folder: string, kind: string, crime: Crime): Promise<Tried> {
  const about = { kind, crime: crime.name, what: crime.what, wanted: crime.verdict };
  try {
    crime.commit(openScene(innocent, folder));
  } catch (error) {
    if (!(error instanceof NotHere))
      throw new Error(`${crime.name} could not be committed: ${(error as Error).message}`, { cause: error });
    return { ...about, because: `not tried: ${error.message}`, right: true };
  }
  await seal(folder);
  crime.afterwards?.(folder);
  const said = await judged(folder);
  const findings = [...said.findings, ...said.experiments.flatMap((one) => one.findings)];
  const against = findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'unsure');
  const named = crime.claims && against.find(({ claim }) => crime.claims?.includes(claim));
  const shown: Finding | undefined = named ?? said.worst;
  return {
    ...about,
    verdict: said.verdict,
    because: shown ? `${titleOf(shown)}: ${shown.because}` : said.because,
    right: asWanted(said.verdict, crime.verdict) && (crime.claims === undefined || named !== undefined),
  };
}

const asWanted = (verdict: Verdict, wanted: Crime['verdict']): boolean =>
  wanted === 'not pass' ? verdict === 'fail' || verdict === 'unsure' : verdict === wanted;

async function judged(folder: string): Promise<Judged> {
  const derived = outputs.map(({ file }) => file);
  return judge(readRun(folder), await checkSeal(folder, derived));
}

/** The table crime -> finding -> verdict, in plain text. */
export function table(all: readonly Tried[]): string {
  const width = Math.max(...all.map(({ crime }) => crime.length));
  const lines: string[] = [];
  for (const [kind, ofKind] of Map.groupBy(all, (one) => one.kind)) {
    lines.push('', kind);
    for (const { crime, verdict, wanted, because, right } of ofKind)
      lines.push(
        `  ${right ? (verdict ? 'right' : '-    ') : 'WRONG'}  ${crime.padEnd(width)}  ${(verdict ?? 'not tried').padEnd(9)} ${right ? '' : `(must be ${wanted}) `}${because}`,
      );
  }
  const done = all.filter(({ verdict }) => verdict !== undefined);
  const wrong = done.filter(({ right }) => !right);
  lines.push(
    '',
    `${done.length} tried, ${done.length - wrong.length} judged rightly, ${wrong.length} wrongly, ${all.length - done.length} not possible on this run`,
  );
  return lines.join('\n').trimStart();
}
