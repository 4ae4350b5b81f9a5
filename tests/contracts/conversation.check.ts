import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

const users = 6;
const replicas = 3;

interface Session {
  readonly session_id: string;
  readonly messages: readonly { readonly id: string; readonly role: string; readonly content: string }[];
}
/** A refusal has none. */
interface Answer {
  readonly task_ids?: readonly number[];
}

/** Straight from the store, through the sidecar's API, under the key the specification names. */
async function stateOf(w: WorkloadRun, key: string): Promise<{ status: number; value: Record<string, unknown> | undefined }> {
  const url = new URL(`/v1.0/state/statestore/${encodeURIComponent(key)}`, w.target.sidecarUrl('backend'));
  const response = await fetch(url, { signal: AbortSignal.any([w.signal, AbortSignal.timeout(5_000)]) });
  const text = await response.text();
  return { status: response.status, value: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>) };
}

/** One conversation, each message to another replica of the backend. */
async function talk(w: WorkloadRun, at: readonly Journey[], user: string): Promise<void> {
  const to = (turn: number) => at[turn % at.length] as Journey;
  const path = `/api/${user}/chat/sessions`;
  const begun = await to(0)({ what: 'session-create', user, method: 'POST', path, key: user });
  const session = begun.body as Session | undefined;
  if (begun.status !== 201 || !session) return w.journal.fact({ name: 'persisted', expected: 201, actual: begun.status });
  const say = async (turn: number, content: string) =>
    (
      await to(turn)({
        what: 'message',
        user,
        method: 'POST',
        path: `${path}/${session.session_id}/messages`,
        body: { content },
        key: user,
      })
    ).body as Answer | undefined;
  // The answer names the task, not the event: who asked for it is told here.
  const asked = (type: string, answer: Answer | undefined) => {
    for (const id of answer?.task_ids ?? []) w.journal.mark('mark', 'asked', { type, key: String(id) });
  };
  const made = await say(1, 'add buy milk');
  asked('task.created', made);
  asked('task.created', await say(2, 'add call the plumber tomorrow at 9'));
  const listed = await say(3, 'list my tasks');
  // "the first one" means something only to who knows what was just listed.
  const done = await say(4, 'complete the first one');
  asked('task.completed', done);

  const key = `conversation:${user}:${session.session_id}`;
  const { status, value } = await stateOf(w, key);
  w.journal.fact({ name: 'persisted', expected: 200, actual: status, about: key });
  const fields = ['context', 'created_at', 'messages', 'session_id', 'updated_at', 'user_id'];
  w.journal.fact({ name: 'state-complete', expected: fields, actual: Object.keys(value ?? {}).sort(), about: key });
  const kept = (value?.messages ?? []) as Session['messages'];
  for (const [n, call] of at.entries()) {
    const { body } = await call({ what: 'session-read', user, method: 'GET', path: `${path}/${session.session_id}`, key: user });
    const seen = ((body as Session | undefined)?.messages ?? []).map(({ id, content }) => ({ id, content }));
    const about = `${user} at replica ${n}`;
    w.journal.fact({
      name: 'history-everywhere',
      expected: kept.map(({ id, content }) => ({ id, content })),
      actual: seen,
      about,
    });
    w.journal.fact({ name: 'history-everywhere', comparison: '>=', expected: 8, actual: seen.length, about });
  }
  const first = listed?.task_ids?.[0];
  const task = await to(0)({ what: 'read', user, method: 'GET', path: `/api/${user}/tasks/${first}`, key: String(first) });
  w.journal.fact({
    name: 'context-kept',
    expected: { completed: true, answered: [first] },
    actual: { completed: (task.body as { completed?: boolean } | undefined)?.completed, answered: done?.task_ids },
    about: `${user}, who made ${made?.task_ids?.join()}`,
  });
  await to(5)({ what: 'session-delete', user, method: 'DELETE', path: `${path}/${session.session_id}`, key: user });
  w.journal.fact({ name: 'deleted', expected: 204, actual: (await stateOf(w, key)).status, about: key });
}

export const conversation: Experiment = {
  name: 'conversation',
  kind: 'check',
  suite: 'verify',
  asks: 'Is a conversation kept in the state store, and does any of three replicas continue it with everything that was said?',
  proves: ['US2.1', 'US2.2', 'FR-007', 'FR-010', 'FR-011', 'FR-012', 'FR-013'],
  stage: { replicas: { backend: replicas } },
  workload: {
    title: `${users} users talk to the assistant, each message to another of ${replicas} replicas`,
    async run(w) {
      const at = w.target.replicas('backend').map((url) => journeyTo(url, w));
      w.journal.mark('mark', 'measured-start');
      await Promise.all(Array.from({ length: users }, (_, n) => talk(w, at, `talker-${w.seed}-${n}`)));
    },
  },
  facts: [
    { name: 'persisted', asks: 'Is the conversation in the state store under conversation:{user_id}:{session_id}?' },
    { name: 'state-complete', asks: 'Does the state hold messages, context, created_at and updated_at?' },
    { name: 'history-everywhere', asks: 'Does every replica give the full history?' },
    { name: 'context-kept', asks: 'Does another replica know what "the first one" is?' },
    { name: 'deleted', asks: 'Is a deleted conversation gone from the store?' },
  ],
  slos: ['answers-valid'],
  checkers: ['answers'],
  settleMsMax: 20_000,
};
