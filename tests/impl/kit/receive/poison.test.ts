import { describe, expect, it } from '@jest/globals';
import { openPoison } from '#kit/receive/poison.ts';

const broken = new Error('broken');

function standing() {
  const clock = { ms: 1_000 };
  const poison = openPoison(() => clock.ms);
  /** A call a second, as the sidecar makes them. */
  const fail = (seconds: number, beside: () => void = () => undefined) => {
    let said: string | undefined;
    for (let second = 0; second < seconds && said === undefined; second++) {
      said = poison.failed('tasks created', 'bad', broken);
      clock.ms += 1_000;
      beside();
    }
    return said;
  };
  return { clock, poison, fail };
}

describe('an event that fails again and again', () => {
  it('is poison when its like was handled meanwhile', () => {
    const { poison, fail } = standing();
    expect(fail(120, () => poison.handled('tasks created', 'good'))).toBe(
      'failed 46 times in 45 s, while others of its kind were handled: broken',
    );
  });

  it.each([
    ['nothing else is handled', () => undefined],
    ['only others kinds are', ({ handled }: { handled(kind: string, id: string): void }) => handled('reminders due', 'good')],
  ])('is not, for an hour, when %s', (_what, beside) => {
    const { poison, fail } = standing();
    poison.handled('tasks created', 'before');
    expect(fail(3_600, () => beside(poison))).toBeUndefined();
  });

  it('is not before most of a minute', () => {
    const { poison, fail } = standing();
    expect(fail(40, () => poison.handled('tasks created', 'good'))).toBeUndefined();
  });

  it('begins anew when it was handled after all', () => {
    const { poison, fail } = standing();
    fail(40, () => poison.handled('tasks created', 'good'));
    poison.handled('tasks created', 'bad');
    expect(fail(40, () => poison.handled('tasks created', 'good'))).toBeUndefined();
  });
});

it('remembers no more than a bounded number', () => {
  const { poison, clock } = standing();
  for (let n = 0; n < 50; n++) {
    for (let id = 0; id < 1_500; id++) poison.failed('k', String(id), broken);
    clock.ms += 1_000;
  }
  poison.handled('k', 'good');
  expect(poison.failed('k', '1499', broken)).toBeUndefined();
});
