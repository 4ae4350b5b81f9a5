/** What is left to chance in a fault, drawn from the run's seed: each fault from a seed of its own, so that none moves another. */
import { randomFrom, seedOf } from '../random.ts';
import type { DrawnFault, Fault, Time } from './fault.ts';

/** `owner`: the experiment. The same seed, owner and faults give the same draw. */
export function drawn(faults: readonly Fault[], seed: number, owner: string): DrawnFault[] {
  const names = new Map<string, number>();
  return faults.map((fault, n) => {
    const title = `${fault.do}-${fault.to}`;
    const count = (names.get(title) ?? 0) + 1;
    names.set(title, count);
    const own = seedOf(seed, owner, 'fault', n);
    const random = randomFrom(own);
    const at = (time: Time) => (typeof time === 'number' ? time : Math.round(time.from + random() * (time.to - time.from)));
    const [afterMs, forMs] = [at(fault.afterMs), at(fault.forMs)];
    return { ...fault, name: count === 1 ? title : `${title}-${count}`, seed: own, afterMs, forMs };
  });
}
