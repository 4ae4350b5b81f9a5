/** What nobody catches is somebody's: it breaks an experiment or the run, and never ends the process unhealed, as if the system had failed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { openSession } from '../../../harness/run/session.ts';
import { scratchFolder } from '../plumbline.ts';
import { experimentOf, marksOf, namesOf, optionsOf, quietTarget, stagerOf } from './scene.ts';

jest.setTimeout(60_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
const root = join(import.meta.dirname, '../../..');

interface Ended {
  readonly code: number;
  readonly stderr: string;
  readonly latest: string;
}
/** `around`: a shell line in which `$@` is the run. */
function strays(what: string, around = '"$@"'): Promise<Ended> {
  const reports = join(scratch.path, what);
  const program = join(import.meta.dirname, 'fixtures/strays.ts');
  const words = ['-c', around, 'bash', process.execPath, program, reports, what];
  return new Promise((done) =>
    execFile('bash', words, { cwd: root }, (error, _stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stderr, latest: join(reports, 'latest') }),
    ),
  );
}
const healed = ['fault-in pause-redis', 'fault-out pause-redis', 'healed pause-redis'];

describe.each([
  ['rejection', 'nobody waits for this'],
  ['event', 'nobody listens to this'],
])('an uncaught %s in a workload', (what, sentence) => {
  it('breaks that experiment, heals, and the next one runs', async () => {
    const { code, stderr, latest } = await strays(what);
    expect(stderr).toContain(`hurt broke: ${sentence}`);
    expect(code).toBe(2);
    expect(namesOf(marksOf(latest, 'hurt'))).toEqual(expect.arrayContaining([`broke ${sentence}`, ...healed]));
    expect(namesOf(marksOf(latest, 'next'))).toContain('mark settled');
  });
});

describe('an uncaught rejection while no experiment runs', () => {
  it('ends the run in order: sealed, told, exit 3', async () => {
    const { code, stderr, latest } = await strays('staging');
    expect(stderr).toContain('plumbline: nobody waits for this');
    expect(code).toBe(3);
    expect(existsSync(join(latest, 'sealed.json'))).toBe(true);
    expect(JSON.parse(readFileSync(join(latest, 'interrupted.json'), 'utf8'))).toEqual({
      interrupted: false,
      because: 'nobody waits for this',
    });
  });
});

describe('a reader that leaves', () => {
  it('ends nothing: the run goes to its end, healed and sealed', async () => {
    const { code, latest } = await strays('silence', '"$@" 2>&1 | head -n 1 > /dev/null; exit ${PIPESTATUS[0]}');
    expect(namesOf(marksOf(latest, 'hurt'))).toEqual(expect.arrayContaining(healed));
    expect(existsSync(join(latest, 'sealed.json'))).toBe(true);
    expect(code).toBe(2);
  });
});

describe('a disk that is full', () => {
  it('breaks the experiment and ends the run, healed, with one sentence; what can be kept is sealed', async () => {
    // Every write to /dev/full is refused for want of space.
    let ops = '';
    const stage = async ({ logs }: { logs: string }) => {
      ops = join(dirname(dirname(logs)), 'experiments/full/ops.ndjson');
      mkdirSync(dirname(ops), { recursive: true });
      symlinkSync('/dev/full', ops);
    };
    const target = {
      ...quietTarget,
      async collect() {
        // It has no end either, and would be digested.
        rmSync(ops);
        return quietTarget.collect(0);
      },
    };
    const full = experimentOf(
      'full',
      async ({ journal, signal }) => {
        journal.mark('mark', 'measured-start');
        for (let at = 0; !signal.aborted; at++) {
          journal.op({ at, intendedAt: at, startedAt: at, who: 'test', what: 'create', type: 'ok' });
          await new Promise((next) => setTimeout(next, 1));
        }
      },
      { kind: 'drill', faults: [{ do: 'pause', to: 'redis', afterMs: 0, forMs: 60_000, tolerated: true }] },
    );
    const session = await openSession(optionsOf(join(scratch.path, 'full'), [full], { stager: stagerOf({ stage, target }) }));
    const broke = await session.perform(full).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(broke?.message).toMatch(/^EVIDENCE_UNWRITTEN: ops\.ndjson: ENOSPC.*Make room/);
    await session.close(broke);
    const marks = namesOf(marksOf(session.folder, 'full'));
    expect(marks).toEqual(expect.arrayContaining([`broke ${broke?.message}`, 'mark collected']));
    expect(existsSync(join(session.folder, 'sealed.json'))).toBe(true);
    expect(readFileSync(join(session.folder, 'interrupted.json'), 'utf8')).toContain('EVIDENCE_UNWRITTEN');
  });
});
