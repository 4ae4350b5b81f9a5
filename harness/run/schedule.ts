/** One fault: in when its time has come, out after its time, and healed whatever happens meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentJournal } from '../evidence/journal.ts';
import type { Hurt } from '../experiment.ts';
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
  tell: (hurt: Hurt) => void,
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
      told({ in: true, healing: true });
      journal.mark('fault-out', name);
      await heal();
      journal.mark('healed', name);
      say(`fault ${name} healed`);
    })());
  scope.defer(`heal ${name}`, healOnce);
  const parts = kind.parts?.(fault) ?? [fault.to];
  const told = (now: Omit<Hurt, 'name' | 'part'>) => parts.forEach((part) => tell({ name, part, ...now }));
  told({ in: false, healing: false });
  journal.mark('fault-in', name, { ...fault });
  injecting = kind.inject(fault, target.controls as Controls, randomFrom(seed));
  await injecting;
  told({ in: true, healing: false });
  say(`fault ${name} is in, for ${forMs / 1000} s`);
  await sleep(forMs, undefined, { signal: scope.signal });
  await healOnce();
}
