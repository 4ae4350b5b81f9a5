/** What a session does when something in it goes wrong, seen on a stage without parts. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { Experiment } from '../../../harness/experiment.ts';
import { clockMs } from '../../../harness/evidence/journal.ts';
import { makeRunFolder, pointLatest } from '../../../harness/run/reports.ts';
import { openSession, type SessionOptions } from '../../../harness/run/session.ts';
import { until } from '../../../harness/process/until.ts';
import type { CrashSeen } from '../../../harness/stage/target.ts';
import { scratchFolder } from '../plumbline.ts';
import { experimentOf, marksOf, namesOf, optionsOf, quietTarget, sessionMarks, stagerOf } from './scene.ts';

jest.setTimeout(90_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
let folders = 0;
const reports = () => join(scratch.path, String((folders += 1)));

/** Performs them one after the other, as `run` does, and closes. */
async function performed(experiments: readonly Experiment[], rest: Partial<SessionOptions> = {}) {
  const session = await openSession(optionsOf(reports(), experiments, rest));
  let broke: Error | undefined;
  try {
    for (const experiment of experiments) await session.perform(experiment);
  } catch (error) {
    broke = error as Error;
  }
  await session.close(broke);
  return { folder: session.folder, broke };
}
const never = () => new Promise<never>(() => undefined);
const crash = (part: string): CrashSeen => ({ part, at: clockMs(), code: 1, signal: null, lastWords: '' });

describe('a workload that rejects', () => {
  it('has its faults healed at once, not when their time is over', async () => {
    const experiment = experimentOf(
      'rejects',
      async ({ journal, hurt }) => {
        journal.mark('mark', 'measured-start');
        await until('the fault is in', () => hurt().find((one) => one.in), { everyMs: 5, giveUpMs: 10_000 });
        throw new Error('its mistake');
      },
      { kind: 'drill', faults: [{ do: 'pause', to: 'redis', afterMs: 0, forMs: 60_000, tolerated: true }] },
    );
    const { folder } = await performed([experiment]);
    const marks = marksOf(folder, 'rejects');
    const at = (kind: string) => marks.find((mark) => mark.kind === kind)!.at;
    expect(at('healed') - at('broke')).toBeLessThan(2_000);
    expect(namesOf(marks)).toContain('broke its mistake');
  });
});

describe('a workload that takes longer than its limit', () => {
  it('is stopped by its signal, breaks, and the next one runs', async () => {
    const slow = experimentOf('slow', async ({ signal }) => void (await sleep(60_000, undefined, { signal })), {
      timeLimitMs: 200,
    });
    const { folder, broke } = await performed([slow, experimentOf('next')]);
    expect(broke).toBeUndefined();
    expect(namesOf(marksOf(folder, 'slow'))).toContain('broke TIME_LIMIT: it took longer than 0.2 s');
    expect(namesOf(marksOf(folder, 'next'))).toEqual(expect.arrayContaining(['mark workload-end', 'mark settled']));
    expect(namesOf(sessionMarks(folder))).toEqual(['mark staged', 'mark secrets-sought']);
  });

  it('does not hold up the run when it ignores its signal, and the next one gets a stage that it does not know', async () => {
    const { folder, broke } = await performed([experimentOf('deaf', never, { timeLimitMs: 100 }), experimentOf('next')]);
    expect(broke).toBeUndefined();
    expect(namesOf(marksOf(folder, 'deaf'))).toEqual(expect.arrayContaining([expect.stringContaining('broke WORKLOAD_GOES_ON')]));
    expect(namesOf(sessionMarks(folder))).toEqual(['mark staged', 'mark unwell', 'mark staged', 'mark secrets-sought']);
    expect(namesOf(marksOf(folder, 'next'))).toContain('mark settled');
  });

  it('has time for its faults besides', async () => {
    const { folder } = await performed([experimentOf('in-time', async () => undefined, { timeLimitMs: 5_000 })]);
    expect(namesOf(marksOf(folder, 'in-time')).filter((name) => name.startsWith('broke'))).toEqual([]);
  });
});

describe('an interruption while a workload ignores its signal', () => {
  it('ends the run all the same', async () => {
    const controller = new AbortController();
    const experiment = experimentOf('deaf', async () => {
      controller.abort(new Error('INTERRUPTED'));
      await never();
    });
    const { folder, broke } = await performed([experiment, experimentOf('next')], { signal: controller.signal });
    expect(broke?.message).toBe('INTERRUPTED');
    expect(existsSync(join(folder, 'sealed.json'))).toBe(true);
    expect(existsSync(join(folder, 'experiments/next'))).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, 'interrupted.json'), 'utf8'))).toEqual({
      interrupted: true,
      because: 'interrupted from outside',
    });
  });
});

describe('a target that never answers', () => {
  it('neither stops the sampling for ever nor the end of the experiment', async () => {
    const target = { ...quietTarget, sample: never };
    const { folder } = await performed([experimentOf('asked')], { stager: stagerOf({ target }) });
    expect(namesOf(marksOf(folder, 'asked'))).toContain('mark collected');
  });
});

describe('a part that ends by itself', () => {
  it('during a restage is told, and the stage is made anew', async () => {
    const crashed: CrashSeen[] = [];
    const target = { ...quietTarget, crashes: (since: number) => crashed.filter(({ at }) => at >= since) };
    const restage = async () => crashed.push(crash('redis')) > 0;
    const { folder } = await performed([experimentOf('one'), experimentOf('two')], { stager: stagerOf({ target, restage }) });
    expect(namesOf(sessionMarks(folder))).toEqual([
      'mark staged',
      'mark restaged',
      'crash redis',
      'mark unwell',
      'mark staged',
      'mark secrets-sought',
    ]);
    expect(namesOf(marksOf(folder, 'two')).filter((name) => name.startsWith('crash'))).toEqual([]);
  });

  it('after the last experiment is told, and once', async () => {
    const crashed: CrashSeen[] = [];
    const target = { ...quietTarget, crashes: (since: number) => crashed.filter(({ at }) => at >= since) };
    const session = await openSession(optionsOf(reports(), [experimentOf('last')], { stager: stagerOf({ target }) }));
    await session.perform(experimentOf('last', async () => void crashed.push(crash('kafka'))));
    crashed.push(crash('postgres'));
    await session.close();
    expect(namesOf(marksOf(session.folder, 'last')).filter((name) => name.startsWith('crash'))).toEqual(['crash kafka']);
    expect(namesOf(sessionMarks(session.folder))).toEqual(['mark staged', 'crash postgres', 'mark secrets-sought']);
  });

  it('keeps its last words: each stage has a folder of logs of its own', async () => {
    const stage = async ({ logs }: { logs: string }) => {
      mkdirSync(logs, { recursive: true });
      writeFileSync(join(logs, 'redis.log'), logs);
    };
    let asked = 0;
    const ailments = async () => ((asked += 1) === 1 ? ['redis does not run'] : []);
    const { folder } = await performed([experimentOf('one'), experimentOf('two')], { stager: stagerOf({ stage, ailments }) });
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['1', '2']);
    expect(readFileSync(join(folder, 'logs/1/redis.log'), 'utf8')).toBe(join(folder, 'logs/1'));
  });
});

describe('a system that can not be staged', () => {
  const all = ['one', 'two', 'three', 'four'].map((name) => experimentOf(name));

  it('from the beginning is tried once; what was not performed is told', async () => {
    let stagings = 0;
    const stage = async () => {
      stagings += 1;
      throw new Error('SERVICE_NOT_READY: backend answers 200: gave up after 30 s');
    };
    const { folder, broke } = await performed(all, { stager: stagerOf({ stage }) });
    expect(stagings).toBe(1);
    expect(broke?.message).toMatch(/^NOT_STAGED: the system could not be staged: SERVICE_NOT_READY: backend/);
    expect(readFileSync(join(folder, 'interrupted.json'), 'utf8')).toContain('NOT_STAGED');
    expect(existsSync(join(folder, 'sealed.json'))).toBe(true);
  });

  it.each([
    ['for the same cause, is given up after the second time', ['port 4001', 'port 4002'], 3, 'NOT_STAGED'],
    ['for another cause each time, is tried again', ['port 4001', 'file'], 4, undefined],
  ])('any more, %s', async (_title, causes, stagings, code) => {
    let tried = 0;
    const stage = async () => {
      tried += 1;
      if (tried === 2 || tried === 3) throw new Error(`NOT_READY: no ${causes[tried - 2]}: after ${tried} s`);
    };
    const ailments = async () => ['redis does not run'];
    const { broke } = await performed(all, { stager: stagerOf({ stage, ailments }) });
    expect(tried).toBe(stagings);
    expect(broke?.message.split(':')[0]).toBe(code);
  });
});

describe('an experiment', () => {
  it('is performed once in a session: a second time would write into the evidence of the first', async () => {
    const session = await openSession(optionsOf(reports(), [experimentOf('once')]));
    await session.perform(experimentOf('once'));
    const before = readFileSync(join(session.folder, 'experiments/once/journal.ndjson'), 'utf8');
    await expect(session.perform(experimentOf('once'))).rejects.toThrow('ALREADY_PERFORMED: once');
    await session.close();
    expect(readFileSync(join(session.folder, 'experiments/once/journal.ndjson'), 'utf8')).toBe(before);
  });
});

describe('the reports folder', () => {
  it('gives two runs of one second and one process a folder each', () => {
    const at = new Date();
    const where = reports();
    const names = [1, 2, 3].map(() => makeRunFolder(where, at));
    expect(new Set(names).size).toBe(3);
    expect(readdirSync(where)).toHaveLength(3);
  });

  it.each(['/proc/no-such-place', import.meta.filename])(
    'is told before anything is staged when it can not be made: %s',
    async (where) => {
      let staged = false;
      const stage = async () => void (staged = true);
      await expect(openSession(optionsOf(where, [experimentOf('one')], { stager: stagerOf({ stage }) }))).rejects.toThrow(
        /^REPORTS_UNWRITABLE: .*Name another with --reports <folder>$/,
      );
      expect(staged).toBe(false);
    },
  );

  it('lets `latest` lead to the last run, and leaves a real folder of that name alone', () => {
    const where = reports();
    const [one, other] = [makeRunFolder(where, new Date()), makeRunFolder(where, new Date())];
    pointLatest(where, one);
    pointLatest(where, other);
    expect(readlinkSync(join(where, 'latest'))).toBe(basename(other));
    const own = reports();
    mkdirSync(join(own, 'latest'), { recursive: true });
    expect(() => pointLatest(own, makeRunFolder(own, new Date()))).toThrow(/^LATEST_UNCHANGED: .*Move it away$/);
    expect(lstatSync(join(own, 'latest')).isDirectory()).toBe(true);
    expect(readdirSync(own).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
