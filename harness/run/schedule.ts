/** One fault: in when its time has come, out after its time, and healed whatever happens meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentJournal } from '../evidence/journal.ts';
import type { DrawnFault, Heal } from '../fault/fault.ts';
import { kindOf } from '../fault/kinds.ts';
import type { Scope } from '../process/scope.ts';
import { randomFrom } from '../random.ts';
import type { Controls } from '../stage/target.ts';
import type { Performance } from './performance.ts';

/** `measured` resolves when the workload's measured part has begun; the scope heals when it closes. */
export async function schedule(
  fault: DrawnFault,
  { target, say }: Performance,
  journal: ExperimentJournal,
  scope: Scope,
  measured: Promise<void>,
): Promise<void> {
  const { name, seed, afterMs, forMs } = fault;
  const kind = kindOf(fault.do);
  if (!kind) throw new Error(`NO_FAULT: ${fault.do} is no kind of fault`);
  await measured;
  await sleep(afterMs, undefined, { signal: scope.signal });
  let injecting: Promise<Heal> | undefined;
  let healing: Promise<void> | undefined;
  const healOnce = () =>
    (healing ??= (async () => {
      // Interrupted while it goes in: it must be in before it can be taken out.
      const heal = await injecting?.catch(() => undefined);
      if (!heal) return;
      journal.mark('fault-out', name);
      await heal();
      journal.mark('healed', name);
      say(`fault ${name} healed`);
    })());
  scope.defer(`heal ${name}`, healOnce);
  journal.mark('fault-in', name, { ...fault });
  injecting = kind.inject(fault, target.controls as Controls, randomFrom(seed));
  await injecting;
  say(`fault ${name} is in, for ${forMs / 1000} s`);
  await sleep(forMs, undefined, { signal: scope.signal });
  await healOnce();
}
