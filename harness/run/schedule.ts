/** One fault: in when its time has come, out after its time, and healed whatever happens meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExperimentJournal } from '../evidence/journal.ts';
import type { Hurt } from '../experiment.ts';
import type { DrawnFault, Heal } from '../fault/fault.ts';
import { kindOf } from '../fault/kinds.ts';
import type { Scope } from '../process/scope.ts';
import { randomFrom } from '../random.ts';
import type { Controls } from '../stage/target.ts';
import { lend } from './lent-controls.ts';
import type { Performance } from './performance.ts';

export interface Course {
  /** Resolves when the workload's measured part has begun, or will never begin. */
  readonly measured: Promise<void>;
  /** Aborts when the workload has ended, in whichever way; the reason is an Error that says how. */
  readonly ended: AbortSignal;
  /** Of what is done to parts, as it is done. */
  readonly tell: (hurt: Hurt) => void;
}

/**
 * Resolves when it is healed, or when it was never put in because the workload had ended; the scope heals when it closes. Rejects with the
 * control's error when it could not be put in or taken out: which of the two is in the journal, so that the judge knows whose fault it was.
 */
export async function schedule(
  fault: DrawnFault,
  { target, say }: Pick<Performance, 'target' | 'say'>,
  journal: Pick<ExperimentJournal, 'mark'>,
  scope: Scope,
  { measured, ended, tell }: Course,
): Promise<void> {
  const { name, seed, afterMs, forMs } = fault;
  const kind = kindOf(fault.do);
  if (!kind) throw new Error(`NO_FAULT: ${fault.do} is no kind of fault`);
  await measured;
  await sleep(afterMs, undefined, { signal: AbortSignal.any([scope.signal, ended]) }).catch(() => undefined);
  // In this order: closing the scope ends the workload too, and is not the workload's doing.
  scope.signal.throwIfAborted();
  if (ended.aborted) {
    const error = sentenceOf(ended.reason);
    journal.mark('not-injected', name, { fault: name, error });
    say(`fault ${name} never went in: ${error}`);
    return;
  }
  let injecting: Promise<Heal> | undefined;
  let healing: Promise<void> | undefined;
  const lent = lend(target.controls, kind.controls, scope.signal);
  const putIn = async () => {
    try {
      const heal = await kind.inject(fault, lent.controls as Controls, randomFrom(seed));
      journal.mark('injected', name);
      return heal;
    } catch (error) {
      journal.mark('not-injected', name, { fault: name, error: sentenceOf(error) });
      throw error;
    }
  };
  const parts = kind.parts?.(fault) ?? [fault.to];
  const told = (now: Omit<Hurt, 'name' | 'part'>) => parts.forEach((part) => tell({ name, part, ...now }));
  const takeOut = async (heal: Heal) => {
    told({ in: true, healing: true });
    journal.mark('fault-out', name);
    try {
      await heal();
    } catch (error) {
      journal.mark('not-healed', name, { fault: name, error: sentenceOf(error) });
      throw error;
    }
    journal.mark('healed', name);
    say(`fault ${name} healed`);
  };
  const healOnce = () =>
    (healing ??= (async () => {
      // Interrupted while it goes in: it must be in before it can be taken out.
      const heal = await injecting?.catch(() => undefined);
      // What went in by half has no cure of its own.
      await (heal ? takeOut(heal) : lent.restore());
    })());
  scope.defer(`heal ${name}`, healOnce);
  told({ in: false, healing: false });
  // Before it goes in: what it does may be felt before its control has answered.
  journal.mark('fault-in', name, { ...fault });
  injecting = putIn();
  await injecting;
  told({ in: true, healing: false });
  say(`fault ${name} is in, for ${forMs / 1000} s`);
  await sleep(forMs, undefined, { signal: scope.signal });
  await healOnce();
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
