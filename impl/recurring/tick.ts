/**
 * One tick: whatever is due, occurrences first, because a fresh task may have a reminder that is due. Every replica's
 * sidecar fires, at its own moment; rows claimed and unique keys make that harmless, so nobody has to be the leader.
 */
import type { Logger } from 'pino';
import { dueTaskIds } from '#domain/reminder-rows.ts';
import { dueTemplateIds } from '#domain/template-rows.ts';
import { appErrorOf } from '#kit/web/errors.ts';
import { counter, histogram } from '#kit/metrics.ts';
import type { Postgres } from '#kit/postgres.ts';
import type { Background } from '#kit/service.ts';
import { generate } from './occurrences.ts';
import { remind } from './reminders.ts';

export interface TickOptions {
  readonly postgres: Postgres;
  readonly log: Logger;
  readonly catchUpMax: number;
  readonly graceHours: number;
  /** Below the period of the cron, so that what is left has its next chance soon. */
  readonly tickMsMax: number;
  readonly lanes: number;
}

export interface Tally {
  generated: number;
  skipped: number;
  reminded: number;
  /** Templates and tasks whose transaction failed; the next tick tries them again. */
  failed: number;
}

export type TickReport = Readonly<Tally> & { readonly ms: number; /** Something may be left to do. */ readonly more: boolean };

export interface RunningTick {
  readonly done: Promise<TickReport>;
  /** How far it has come. */
  soFar(): TickReport;
}

export interface Ticker extends Background {
  /** `undefined`: one is running, and sees to everything. */
  begin(): RunningTick | undefined;
}

const batchRowsMax = 500;
/** Few enough that a task's owner hardly waits for the lock. */
const transactionRowsMax = 25;

/** One transaction for these rows; with how many of them something was done. */
type Work = (ids: readonly number[]) => Promise<number>;

const made = counter('recurring_made_total', 'What ticks made, skipped or failed at', ['what']);
const durations = histogram(
  'recurring_tick_duration_seconds',
  'How long ticks took',
  ['more'],
  [10, 50, 200, 1_000, 5_000, 30_000, 240_000],
);

export function openTicker(options: TickOptions): Ticker {
  const { postgres, log } = options;
  let running: RunningTick | undefined;
  let stopping = false;

  return {
    name: 'tick',
    async start() {},
    async stop() {
      stopping = true;
      // It ends after the rows in hand; what it failed at was told to whoever asked for it.
      await running?.done.catch(() => {});
    },
    begin() {
      if (running) return undefined;
      const tally: Tally = { generated: 0, skipped: 0, reminded: 0, failed: 0 };
      const startedAt = performance.now();
      const report = (more: boolean): TickReport => ({ ...tally, ms: Math.round(performance.now() - startedAt), more });
      const done = run(tally, startedAt + options.tickMsMax)
        .then(report)
        .finally(() => {
          running = undefined;
        });
      done.then(measure, (error) => log.error({ ...report(true), err: error }, 'tick broke off; the next one goes on'));
      running = { done, soFar: () => report(true) };
      return running;
    },
  };

  /** Whether something is left to do. */
  async function run(tally: Tally, endAtMs: number): Promise<boolean> {
    const now = new Date();
    const moment = { now, oldest: new Date(now.getTime() - options.graceHours * 3_600_000) };
    const over = () => stopping || performance.now() > endAtMs;

    const templatesLeft = await workThrough(
      (rowsMax) => dueTemplateIds(postgres.sql, now, rowsMax),
      async (ids) => {
        const done = await postgres.transaction((tx) => generate(tx, ids, { now, catchUpMax: options.catchUpMax, log }));
        tally.generated += done.generated;
        tally.skipped += done.skipped;
        return done.templates;
      },
    );
    const tasksLeft = await workThrough(
      (rowsMax) => dueTaskIds(postgres.sql, moment, rowsMax),
      async (ids) => {
        const done = await postgres.transaction((tx) => remind(tx, ids, moment));
        tally.reminded += done.reminded;
        return done.tasks;
      },
    );
    return templatesLeft || tasksLeft;

    /** Batch after batch, until one is empty or leads nowhere: what is left then is in other hands, or fails. */
    async function workThrough(due: (rowsMax: number) => Promise<number[]>, work: Work): Promise<boolean> {
      const failing = new Set<number>();
      while (!over()) {
        const ids = (await due(batchRowsMax + failing.size)).filter((id) => !failing.has(id));
        if (ids.length === 0) return failing.size > 0;
        if ((await inLanes(ids, work, failing)) === 0) return true;
      }
      return true;
    }

    async function inLanes(ids: readonly number[], work: Work, failing: Set<number>): Promise<number> {
      let done = 0;
      const chunks = chunksOf(ids)[Symbol.iterator]();
      const lane = async () => {
        for (const chunk of chunks) {
          if (over()) return;
          // In two steps: `done +=` would read it before the wait, and forget what other lanes add meanwhile.
          const count = await workOn(chunk, work, failing);
          done += count;
        }
      };
      const lanes = await Promise.allSettled(Array.from({ length: options.lanes }, lane));
      const broken = lanes.find((each) => each.status === 'rejected');
      if (broken) throw broken.reason;
      return done;
    }

    /** One transaction; when that fails one for each row, so that only the culprit is left behind. */
    async function workOn(ids: readonly number[], work: Work, failing: Set<number>): Promise<number> {
      try {
        return await work(ids);
      } catch (error) {
        if (isTheDatabase(error)) throw error;
        const [id] = ids;
        if (ids.length === 1 && id !== undefined) {
          tally.failed++;
          failing.add(id);
          log.error({ id, err: error }, 'one row failed; the next tick tries it again');
          return 0;
        }
      }
      let done = 0;
      for (const id of ids) done += await workOn([id], work, failing);
      return done;
    }
  }

  function measure(report: TickReport): void {
    for (const what of ['generated', 'skipped', 'reminded', 'failed'] as const) made.inc({ what }, report[what]);
    durations.observe({ more: String(report.more) }, report.ms);
    log.info(report, 'tick');
  }
}

const chunksOf = (ids: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(ids.length / transactionRowsMax) }, (_, n) =>
    ids.slice(n * transactionRowsMax, (n + 1) * transactionRowsMax),
  );

/** Without it nothing goes on. A statement that took too long waited for one row's lock: 57014. */
const isTheDatabase = (error: unknown): boolean =>
  appErrorOf(error).code === 'STORE_UNAVAILABLE' && (error as { code?: unknown }).code !== '57014';
