import { describe, expect, it } from '@jest/globals';
import type { Exit } from '../../../harness/process/spawn.ts';
import { GiveUp, until } from '../../../harness/process/until.ts';

const often = { everyMs: 1, giveUpMs: 5_000 };

describe('until', () => {
  it('asks again after nothing and after a throw, and returns the first value', async () => {
    let asked = 0;
    const value = await until(
      'third time',
      async () => {
        asked += 1;
        if (asked === 1) throw new Error('not yet');
        return asked === 3 ? 'here' : undefined;
      },
      often,
    );
    expect([value, asked]).toEqual(['here', 3]);
  });

  it('takes a false value for a value', async () => {
    expect(await until('zero', () => 0, often)).toBe(0);
  });

  it('gives up with title, time, the last thing seen, the log and the next step', async () => {
    const wait = until(
      'broker 127.0.0.1:1',
      () => {
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      },
      { everyMs: 1, giveUpMs: 30, code: 'KAFKA_NOT_READY', next: 'Try: npm run doctor', logTail: () => 'out of heap' },
    );
    await expect(wait).rejects.toThrow(
      /^KAFKA_NOT_READY: broker 127\.0\.0\.1:1: gave up after 0\.\d s; last seen: fetch failed \(connect ECONNREFUSED\); last log: "out of heap"\. Try: npm run doctor$/,
    );
  });

  it('gives up on a probe that hangs, and ends it', async () => {
    let probed: AbortSignal | undefined;
    const hang = (signal: AbortSignal) => {
      probed = signal;
      return new Promise<undefined>(() => {});
    };
    await expect(until('hangs', hang, { everyMs: 1, giveUpMs: 20 })).rejects.toThrow('NOT_REACHED: hangs: gave up');
    expect(probed?.aborted).toBe(true);
  });

  it('stops at once when the probe knows better', async () => {
    let asked = 0;
    const wait = until(
      'schema',
      () => {
        asked += 1;
        throw new GiveUp('column is missing');
      },
      often,
    );
    await expect(wait).rejects.toThrow('NOT_REACHED: schema: failed for good after 0.0 s; last seen: column is missing');
    expect(asked).toBe(1);
  });

  it('stops at once when the process is gone, with its log', async () => {
    const exit: Exit = { code: 1, signal: null, reason: 'crashed', logTail: 'port in use' };
    const wait = until('ready', () => undefined, { ...often, unless: Promise.resolve(exit) });
    await expect(wait).rejects.toThrow(/the process ended \(crashed, exit code 1\).*last log: "port in use"/);
  });

  it('rejects with the reason of its signal, before and during', async () => {
    let asked = 0;
    const probe = () => {
      asked += 1;
      return undefined;
    };
    await expect(until('never', probe, { ...often, signal: AbortSignal.abort(new Error('Ctrl-C')) })).rejects.toThrow(/^Ctrl-C$/);
    expect(asked).toBe(0);
    const interrupt = new AbortController();
    const wait = until('never', probe, { ...often, signal: interrupt.signal });
    interrupt.abort(new Error('deadline'));
    await expect(wait).rejects.toThrow(/^deadline$/);
  });
});
