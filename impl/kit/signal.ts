/** A flag one loop waits for and anyone may raise. Raised while nobody waits, it ends the next wait at once. */
export interface Signal {
  raise(): void;
  /** Resolves when raised, or after the time. */
  wait(msMax: number): Promise<void>;
}

export function openSignal(): Signal {
  let raised = false;
  let wake: (() => void) | undefined;
  return {
    raise() {
      raised = true;
      wake?.();
    },
    async wait(msMax) {
      if (!raised) {
        await new Promise<void>((done) => {
          const timer = setTimeout(done, msMax);
          wake = () => {
            clearTimeout(timer);
            done();
          };
        });
        wake = undefined;
      }
      raised = false;
    },
  };
}
