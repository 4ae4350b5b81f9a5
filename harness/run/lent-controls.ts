/** Controls as they are lent to a workload or a fault: each use is told, and what its borrower left hurt can be mended. */
import type { ControlName, Controls } from '../stage/target.ts';

export interface Lent {
  /** Those the target has; one that was not named throws CONTROL_NOT_NAMED when it is used. */
  readonly controls: Partial<Controls>;
  /**
   * Starts again and lets go on whatever its borrower killed or paused and did not mend itself, in the order it was hurt; resolves when all
   * of it is ready. Rejects with one AggregateError when something is not.
   */
  restore(): Promise<void>;
}

/** `error`: absent when the use begins, there when it failed. */
export type Told = (control: ControlName, part: string, error?: string) => void;

type Cure = 'revive' | 'resume' | 'accept';
const hurtBy: Readonly<Partial<Record<ControlName, Cure>>> = { kill: 'revive', pause: 'resume', refuse: 'accept' };

/** Says the cure of a deed that failed before it hurt anything. */
const unhurt = /^(NO_PART|STILL_RUNNING):/;

/** `over`: once it has aborted nothing may be hurt any more, only mended. */
export function lend(
  controls: Partial<Controls>,
  named: readonly ControlName[],
  over: AbortSignal,
  tell: Told = () => undefined,
): Lent {
  /** What each part needs to be well again. */
  const hurt = new Map<string, Cure>();
  const underWay = new Set<Promise<void>>();
  const use = async (control: ControlName, part: string): Promise<void> => {
    const deed = controls[control] as Controls[ControlName];
    const cure = hurtBy[control];
    if (cure && over.aborted) throw new Error(`SCOPE_CLOSED: the experiment is ending, so ${part} may not be hurt by ${control}`);
    tell(control, part);
    // Before it is done: one that fails on its way may have hurt all the same. A dead part does not need to be resumed.
    if (cure && hurt.get(part) !== 'revive') hurt.set(part, cure);
    const doing = deed(part);
    underWay.add(doing);
    try {
      await doing;
    } catch (error) {
      tell(control, part, error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      underWay.delete(doing);
    }
    if (!cure && (control !== 'resume' || hurt.get(part) === 'resume')) hurt.delete(part);
  };
  const lent = Object.keys(controls).map((key) => {
    const control = key as ControlName;
    const deed = async (part: string) => {
      if (!named.includes(control))
        throw new Error(`CONTROL_NOT_NAMED: ${control} of ${part} was used, and is not in \`needs\`. Add it there`);
      await use(control, part);
    };
    return [control, deed] as const;
  });
  return {
    controls: Object.fromEntries(lent),
    async restore() {
      // Nobody can tell what a deed under way leaves.
      await Promise.allSettled(underWay);
      const failures: Error[] = [];
      for (const [part, cure] of [...hurt])
        await use(cure, part).catch((cause: Error) => {
          if (!unhurt.test(cause.message)) failures.push(new Error(`${cure} ${part}: ${cause.message}`, { cause }));
        });
      if (failures.length > 0)
        throw new AggregateError(failures, `NOT_RESTORED: ${failures.map(({ message }) => message).join('; ')}`);
    },
  };
}
