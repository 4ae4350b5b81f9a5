import type { Experiment, WorkloadRun } from '../../harness/experiment.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { type Journey, journeyTo } from '../../harness/workload/journey.ts';

const users = 10;

interface ReminderRecord {
  readonly event_type?: string;
  readonly data?: { readonly user_id?: string; readonly channel?: string; readonly reason?: string };
}

async function prefers(call: Journey, user: string, email: string): Promise<void> {
  const path = `/api/${user}/preferences`;
  await call({ what: 'preferences', user, method: 'PUT', path, body: { email, channels: ['email'] }, key: user });
}

/** A task whose reminder is due now: the default lead time is an hour. */
async function dueSoon(call: Journey, user: string, title: string): Promise<void> {
  const body = { title, due_date: new Date(Date.now() + 40 * 60_000).toISOString() };
  const path = `/api/${user}/tasks`;
  await call({
    what: 'create',
    user,
    method: 'POST',
    path,
    body,
    keyOf: (task) => String((task as { id: number }).id),
  });
}

async function outcomesOf(w: WorkloadRun, since: number): Promise<readonly ReminderRecord[]> {
  const { records } = await w.target.collect(since);
  return records
    .filter(({ topic }) => topic === 'reminders')
    .map(({ event }) => event as ReminderRecord)
    .filter(({ event_type }) => event_type === 'reminder.sent' || event_type === 'reminder.failed');
}

export const reminderMail: Experiment = {
  name: 'reminder-mail',
  kind: 'check',
  suite: 'verify',
  asks: 'Does a due reminder become exactly one mail to its owner, and is it told whether the mail was taken or refused?',
  proves: ['US5.2', 'FR-025'],
  workload: {
    title: `${users} users with a task that is due soon, one of them with an address that is refused`,
    async run(w) {
      const { mails } = w.target;
      if (!mails) throw new Error(`NO_MAILS: nobody can look at the mails of a ${w.target.kind} target`);
      const [tasks, notification] = [journeyTo('backend', w), journeyTo('notification', w)];
      const since = w.journal.mark('mark', 'measured-start').at;
      const names = Array.from({ length: users }, (_, n) => `mailed-${w.seed}-${n}`);
      const refused = `refused-${w.seed}`;
      await prefers(notification, refused, `${refused}@refused.example`);
      for (const user of names) await prefers(notification, user, `${user}@mail.example`);
      await Promise.all([...names, refused].map((user) => dueSoon(tasks, user, `remind ${user}`)));

      const outcomes = await eventually(
        w,
        () => outcomesOf(w, since),
        (seen) => seen.length >= users + 1,
        {
          everyMs: 500,
          giveUpMs: 30_000,
        },
      );
      for (const user of names) {
        const arrived = await mails(`${user}@mail.example`);
        w.journal.fact({ name: 'mailed-once', expected: 1, actual: arrived.length, about: user });
        w.journal.fact({
          name: 'names-the-task',
          expected: true,
          actual: arrived[0]?.subject.includes(`remind ${user}`),
          about: user,
        });
        const told = outcomes.filter(({ data }) => data?.user_id === user);
        w.journal.fact({
          name: 'sent-told',
          expected: ['reminder.sent'],
          actual: told.map(({ event_type }) => event_type),
          about: user,
        });
        w.journal.fact({ name: 'told-fully', expected: ['email'], actual: told.map(({ data }) => data?.channel), about: user });
      }
      const failures = outcomes.filter(({ data }) => data?.user_id === refused);
      w.journal.fact({
        name: 'failed-told',
        expected: ['reminder.failed'],
        actual: failures.map(({ event_type }) => event_type),
      });
      w.journal.fact({
        name: 'told-fully',
        expected: true,
        actual: /550/.test(failures[0]?.data?.reason ?? ''),
        about: 'the reason of a refusal',
      });
    },
  },
  facts: [
    { name: 'mailed-once', asks: 'Does each owner get exactly one mail?' },
    { name: 'names-the-task', asks: 'Does the mail name the task?' },
    { name: 'sent-told', asks: 'Does reminder.sent follow, once?' },
    { name: 'failed-told', asks: 'Does reminder.failed follow, once, when the mail server refuses?' },
    { name: 'told-fully', asks: 'Do both say which channel, and why it failed?' },
  ],
  slos: ['events-valid', 'answers-valid'],
  checkers: ['delivery', 'conformance', 'answers'],
  settleMsMax: 20_000,
};
