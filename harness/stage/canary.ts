/** Ready means that an event went round. */
import { clockMs } from '../evidence/journal.ts';
import { until } from '../process/until.ts';
import type { System } from '../project/system.ts';
import type { Target } from './target.ts';

/** From a user's request to the effect in another service: if that works once, everything on the way is up. */
export async function canary(
  target: Target,
  { answers, canary: { service: name, user, path, body } }: System,
  signal: AbortSignal,
  giveUpMs = 60_000,
): Promise<void> {
  const since = clockMs() - 1_000;
  const response = await fetch(new URL(path, target.url(name)), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(user && (await target.authorization(user))) },
    body: JSON.stringify(body),
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  const eventId = response.headers.get(answers.eventId);
  if (!response.ok || !eventId)
    throw new Error(
      `CANARY_REFUSED: POST ${path} answered ${response.status}${eventId ? '' : ` without ${answers.eventId}`}: ${await response.text()}`,
    );
  await until(
    `the canary event ${eventId} has had its effect`,
    async () => ((await target.effectIds(since)).has(eventId) ? true : undefined),
    {
      everyMs: 25,
      giveUpMs,
      signal,
      code: 'CANARY_LOST',
      next: "Look at the services' and sidecars' logs in the run folder",
    },
  );
}
