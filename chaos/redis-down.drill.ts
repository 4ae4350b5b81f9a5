import type { Experiment, WorkloadRun } from '../harness/experiment.ts';
import { eventually } from '../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../harness/workload/journey.ts';
import { steady } from '../harness/workload/steady.ts';

const users = 5;
const answerMsMax = 2_000;

interface Session {
  readonly session_id: string;
  readonly degraded: boolean;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

interface Talk {
  readonly user: string;
  readonly path: string;
  readonly said: string[];
  degraded: number;
}

async function begin(call: Journey, user: string): Promise<Talk> {
  const sessions = `/api/${user}/chat/sessions`;
  const { body } = await call({ what: 'session-create', user, method: 'POST', path: sessions, key: user });
  return { user, path: `${sessions}/${(body as Session).session_id}`, said: [], degraded: 0 };
}

/** One message, and what its answer was like. */
async function say(w: WorkloadRun, call: Journey, talk: Talk, content: string): Promise<void> {
  const { user, path } = talk;
  const { status, body, op } = await call({
    what: 'message',
    user,
    method: 'POST',
    path: `${path}/messages`,
    body: { content },
    key: user,
  });
  const about = `${user}: ${content}`;
  w.journal.fact({ name: 'answered', expected: 200, actual: status, about });
  w.journal.fact({ name: 'in-time', comparison: '<=', expected: answerMsMax, actual: op.at - op.startedAt, about });
  if (status !== 200) return;
  talk.said.push(content);
  if ((body as { degraded?: boolean }).degraded) talk.degraded += 1;
}

export const redisDown: Experiment = {
  name: 'redis-down',
  kind: 'drill',
  suite: 'verify',
  asks: 'When Redis is killed for 5 s in mid-conversation, does the chat go on, say that it is degraded, and lose no message?',
  proves: ['US2.3', 'EDGE-redis'],
  workload: {
    title: `${users} users send 20 messages each in 14 s, fewer than a conversation keeps, to one replica`,
    async run(w) {
      const call = journeyTo('backend', w);
      const talks = await Promise.all(Array.from({ length: users }, (_, n) => begin(call, `stubborn-${w.seed}-${n}`)));
      w.journal.mark('mark', 'measured-start');
      // A user waits for an answer before the next message: one chain each.
      const chains = talks.map(() => Promise.resolve());
      await steady(w, { ratePerS: 1.4 * users, forMs: 14_000, what: 'message', who: 'journey' }, (n) => {
        const talk = talks[n % users] as Talk;
        chains[n % users] = (chains[n % users] as Promise<void>).then(() => say(w, call, talk, `note number ${n}`));
        return chains[n % users] as Promise<void>;
      });
      const degraded = talks.reduce((sum, talk) => sum + talk.degraded, 0);
      // Without one the fault missed the conversation, and nothing of this was seen.
      if (degraded > 0) w.journal.fact({ name: 'degraded-said', comparison: '>=', expected: 1, actual: degraded });
      const elsewhere = journeyTo(w.target.replicas('backend')[1] as URL, w);
      for (const talk of talks) {
        const kept = await eventually(
          w,
          async () => {
            const { body } = await elsewhere({
              what: 'session-read',
              user: talk.user,
              method: 'GET',
              path: talk.path,
              key: talk.user,
            });
            return ((body as Session | undefined)?.messages ?? [])
              .filter(({ role }) => role === 'user')
              .map(({ content }) => content);
          },
          (seen) => seen.length >= talk.said.length,
          { everyMs: 500, giveUpMs: 15_000 },
        );
        w.journal.fact({
          name: 'no-message-lost',
          expected: talk.said,
          actual: kept,
          about: `${talk.user}, read at another replica`,
        });
      }
      const [ready] = await Promise.all(
        w.target.replicas('backend').map(async (url) => (await fetch(new URL('/readyz', url))).status),
      );
      w.journal.fact({ name: 'no-crash', expected: 200, actual: ready });
    },
  },
  stage: { replicas: { backend: 3 } },
  faults: [{ do: 'kill', to: 'redis', afterMs: { from: 3_500, to: 4_500 }, forMs: 5_000, tolerated: true }],
  facts: [
    { name: 'answered', asks: 'Is every message answered?' },
    { name: 'in-time', asks: `Is every message answered within ${answerMsMax} ms?` },
    { name: 'degraded-said', asks: 'Do answers say that they are degraded while Redis is away?' },
    { name: 'no-message-lost', asks: 'Is every answered message in the store afterwards, in order?' },
    { name: 'no-crash', asks: 'Is the backend still ready?' },
  ],
  slos: ['answers-valid'],
  checkers: ['answers', 'healed'],
  settleMsMax: 10_000,
};
