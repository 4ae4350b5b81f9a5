import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { until } from '#harness/process/until.ts';
import { openBreaker } from '#kit/sidecar/breaker.ts';
import { metricsText } from '#kit/metrics.ts';
import { fail, ok, type Outcome, unsure } from '#kit/sidecar/outcome.ts';
import { appIsAway } from '#kit/sidecar/invoke.ts';

const away = unsure('no answer in 1 ms');
const open = fail('SIDECAR_BREAKER_OPEN', true);

function openTest(name: string) {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => void lines.push((JSON.parse(text) as { msg: string }).msg) });
  const breaker = openBreaker({ name, failuresMax: 3, openMs: 100, isAway: (outcome) => outcome.type === 'unsure', log });
  let tried = 0;
  const run = (outcome: Outcome<string>) =>
    breaker.run(async () => {
      tried++;
      return outcome;
    });
  return {
    lines,
    run,
    tried: () => tried,
    isOpen: async () => (await metricsText()).includes(`sidecar_breaker_open{breaker="${name}"} 1`),
  };
}

describe('breaker', () => {
  it('refuses at once after failures in a row, tests the way with one call, and closes when that went through', async () => {
    const { lines, run, tried, isOpen } = openTest('a');
    for (let n = 0; n < 3; n++) expect(await run(away)).toBe(away);
    expect(await run(ok('x'))).toEqual(open);
    expect([tried(), await isOpen(), lines]).toEqual([3, true, ['breaker opened: calls are refused']]);

    // Still away: the one test call fails, and calls are refused again. No second line says so.
    await until('a call is let through', async () => ((await run(away)) === away ? true : undefined), {
      everyMs: 10,
      giveUpMs: 2_000,
    });
    expect(await run(ok('x'))).toEqual(open);
    expect([tried(), lines.length]).toEqual([4, 1]);

    await until('it works again', async () => ((await run(ok('x'))).type === 'ok' ? true : undefined), {
      everyMs: 10,
      giveUpMs: 2_000,
    });
    expect([await isOpen(), lines]).toEqual([
      false,
      ['breaker opened: calls are refused', 'breaker closed: calls go through again'],
    ]);
  });

  it('while one call tests the way, refuses the others at once instead of letting them wait for it', async () => {
    const breaker = openBreaker({ name: 'testing', failuresMax: 1, openMs: 1, isAway: (outcome) => outcome.type === 'unsure' });
    await breaker.run(async () => away);
    const hanging = Promise.withResolvers<Outcome<string>>();
    let testing: Promise<Outcome<string>> | undefined;
    await until(
      'a call tests the way',
      async () => {
        const begun = Promise.withResolvers<true>();
        testing = breaker.run(() => {
          begun.resolve(true);
          return hanging.promise;
        });
        return (await Promise.race([begun.promise, testing.then(() => false)])) || undefined;
      },
      { everyMs: 2, giveUpMs: 2_000 },
    );
    let tried = false;
    const other = await breaker.run(async () => {
      tried = true;
      return ok('x');
    });
    expect([other, tried]).toEqual([open, false]);
    hanging.resolve(ok('works'));
    expect(await testing).toEqual(ok('works'));
    expect(await breaker.run(async () => ok('x'))).toEqual(ok('x'));
  });

  it('does not count refusals, and begins to count anew after a success', async () => {
    const { run, isOpen } = openTest('b');
    for (let n = 0; n < 10; n++) await run(fail('STATE_CONFLICT', true));
    for (let n = 0; n < 10; n++) await run(n % 3 === 2 ? ok('x') : away);
    expect(await isOpen()).toBe(false);
  });

  it('lets an exception through as it is', async () => {
    const breaker = openBreaker({ name: 'c', failuresMax: 1, openMs: 100, isAway: () => true });
    await expect(breaker.run(() => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
  });
});

it.each<[Outcome<unknown>, boolean]>([
  [away, true],
  [fail('SIDECAR_UNREACHABLE', true), true],
  [fail('INVOKE_UNREACHABLE', true), true],
  [fail('INVOKE_BREAKER_OPEN', true), false],
  [fail('INVOKE_PATH_UNCLEAN', false), false],
  [ok({ status: 503 }), true],
  [ok({ status: 504 }), true],
  [ok({ status: 500 }), false],
  [ok({ status: 404 }), false],
  [ok({ status: 200 }), false],
])('an app that answers with %j is away: %s', (outcome, isAway) => {
  expect(appIsAway(outcome)).toBe(isAway);
});
