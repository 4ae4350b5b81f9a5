import type { Experiment, Hurt, WorkloadRun } from '../harness/experiment.ts';
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
}

async function begin(call: Journey, user: string): Promise<Talk> {
  const sessions = `/api/${user}/chat/sessions`;
  const { status, body } = await call({ what: 'session-create', user, method: 'POST', path: sessions, key: user });
  const id = (body as Partial<Session> | undefined)?.session_id;
  if (id === undefined)
    throw new Error(`NO_SESSION: the backend answered ${status} to ${user}, who wanted to begin a conversation`);
  return { user, path: `${sessions}/${id}`, said: [] };
}

/** One message, and what its answer was like. */
async function say(w: WorkloadRun, call: Journey, talk: Talk, content: string): Promise<void> {
  const { user, path } = talk;
  const before = w.hurt();
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
  const { degraded, task_ids: made = [] } = (body ?? {}) as { degraded?: boolean; task_ids?: readonly number[] };
  // The answer names the task, not the event: who asked for it is told here.
  for (const id of made) w.journal.mark('mark', 'asked', { type: 'task.created', key: String(id) });
  const expected = mustSay(before, w.hurt());
  if (expected !== undefined)
    w.journal.fact({ name: expected ? 'degraded-said' : 'whole-said', expected, actual: degraded ?? false, about });
}

/**
 * Whether an answer has to say that it is degraded: what the harness did to Redis says so, and never the answer. Undefined where Redis went
 * or came back while it was under way, or came back a moment ago.
 */
export function mustSay(before: readonly Hurt[], after: readonly Hurt[]): boolean | undefined {
  const ofRedis = (all: readonly Hurt[]) => all.filter(({ part }) => part === 'redis');
  if (ofRedis(after).length === 0) return false;
  const wasAway = ofRedis(before).some((one) => one.in && !one.healing);
  return wasAway && ofRedis(after).every(({ healing }) => !healing) ? true : undefined;
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
        w.journal.fact({ name: 'messages-kept', comparison: '>=', expected: 1, actual: kept.length, about: talk.user });
        w.journal.fact({
          name: 'no-message-lost',
          expected: talk.said,
          actual: kept,
          about: `${talk.user}, read at another replica`,
        });
      }
      for (const [n, url] of w.target.replicas('backend').entries()) {
        const { status } = await fetch(new URL('/readyz', url), { signal: w.signal });
        w.journal.fact({ name: 'no-crash', expected: 200, actual: status, about: `backend ${n}` });
      }
    },
  },
  stage: { replicas: { backend: 3 } },
  faults: [{ do: 'kill', to: 'redis', afterMs: { from: 3_500, to: 4_500 }, forMs: 5_000, tolerated: true }],
  facts: [
    { name: 'answered', asks: 'Is every message answered?' },
    { name: 'in-time', asks: `Is every message answered within ${answerMsMax} ms?` },
    { name: 'degraded-said', asks: 'Do answers say that they are degraded while Redis is away?' },
    { name: 'whole-said', asks: 'Do they not say so before?' },
    { name: 'messages-kept', asks: 'Does each user find messages in the store afterwards?' },
    { name: 'no-message-lost', asks: 'Is every answered message in the store afterwards, in order?' },
    { name: 'no-crash', asks: 'Is every replica of the backend still ready?' },
  ],
  slos: ['answers-valid'],
  checkers: ['answers', 'healed'],
  settleMsMax: 10_000,
};
