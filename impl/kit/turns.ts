/** Who may use one of a few things now. Who waits too long, or behind too many, is refused and has done nothing. */
export interface TurnsOptions {
  /** At work at once. */
  readonly max: number;
  readonly waitingMax: number;
  readonly waitMsMax: number;
  /** What the refused get. */
  readonly refusal: (because: string) => Error;
}

export interface Turns {
  /** Resolves with what gives the turn back; call it once. */
  take(): Promise<() => void>;
}

export function openTurns({ max, waitingMax, waitMsMax, refusal }: TurnsOptions): Turns {
  const waiting = new Set<() => void>();
  let taken = 0;
  const giveBack = () => {
    const [next] = waiting;
    if (next) next();
    else taken -= 1;
  };
  return {
    async take() {
      if (taken < max) {
        taken += 1;
        return giveBack;
      }
      if (waiting.size >= waitingMax) throw refusal(`${waiting.size} wait already`);
      await new Promise<void>((turn, refuse) => {
        const called = () => {
          clearTimeout(timer);
          waiting.delete(called);
          turn();
        };
        const timer = setTimeout(() => {
          waiting.delete(called);
          refuse(refusal(`none was free in ${waitMsMax} ms`));
        }, waitMsMax);
        waiting.add(called);
      });
      return giveBack;
    },
  };
}
