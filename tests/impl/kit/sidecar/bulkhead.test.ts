import { expect, test } from '@jest/globals';
import { openBulkhead } from '#kit/sidecar/bulkhead.ts';
import { fail, ok, type Outcome } from '#kit/sidecar/outcome.ts';

test('refuses at once what is too many, without having tried, and lets calls in again as others end', async () => {
  const bulkhead = openBulkhead(2);
  const hanging = Array.from({ length: 2 }, () => Promise.withResolvers<Outcome<string>>());
  const running = hanging.map(({ promise }) => bulkhead.run(() => promise));
  let tried = 0;
  const another = () =>
    bulkhead.run(async () => {
      tried++;
      return ok('x');
    });
  expect([await another(), tried]).toEqual([fail('SIDECAR_BUSY', true), 0]);
  hanging[0]?.resolve(ok('first'));
  expect(await running[0]).toEqual(ok('first'));
  expect([await another(), tried]).toEqual([ok('x'), 1]);
  hanging[1]?.resolve(ok('second'));
  expect(await running[1]).toEqual(ok('second'));
});
