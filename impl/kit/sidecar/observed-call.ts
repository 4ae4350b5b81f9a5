/** A call to the sidecar as it is seen from outside: one measurement, and a client span where there is a trace. */
import { histogram } from '../metrics.ts';
import { type Outcome, sentenceOf } from './outcome.ts';
import { currentTrace, failed, inSpan } from '../telemetry.ts';

const calls = histogram('sidecar_call_duration_seconds', 'Calls to the sidecar by kind and outcome', ['call', 'outcome']);

/** Outside of a trace none is begun: the relay's bulk calls and the readiness probes would fill the store with single spans. */
export async function observedCall<T>(
  call: string,
  target: string,
  work: () => Promise<Outcome<T>>,
  /** Where `ok` only means that there was an answer: what that answer says. */
  meaning: Meaning<T> = (outcome) => outcome,
): Promise<Outcome<T>> {
  const startedAt = performance.now();
  const outcome = await (currentTrace() === null ? work() : inClientSpan(call, target, work, meaning));
  calls.observe({ call, outcome: meaning(outcome).type }, performance.now() - startedAt);
  return outcome;
}

type Meaning<T> = (outcome: Outcome<T>) => Outcome<unknown>;

function inClientSpan<T>(
  call: string,
  target: string,
  work: () => Promise<Outcome<T>>,
  meaning: Meaning<T>,
): Promise<Outcome<T>> {
  return inSpan(
    `${call} ${target}`,
    { kind: 'client', attributes: { 'dapr.call': call, 'dapr.target': target } },
    async (span) => {
      const outcome = await work();
      const meant = meaning(outcome);
      if (meant.type !== 'ok') failed(span, sentenceOf(meant));
      return outcome;
    },
  );
}
