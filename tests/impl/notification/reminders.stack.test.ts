/** reminder.due in, mail and push out, reminder.sent or reminder.failed behind it: on a real database, SMTP and push server. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { until } from '#harness/process/until.ts';
import { schemaAt } from '#kit/schemas.ts';
import { deliver, reminderDue, withStage } from './stage.ts';

/** What an event of a task says besides. */
const wholeTask = {
  description: null,
  priority_id: null,
  tags: [],
  reminder_lead_minutes: [60],
  template_id: null,
  occurrence_at: null,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
};
const contract = schemaAt('events/reminder-event/v1.2.json');

describe('a reminder by mail', () => {
  it('goes out once, with the right headers, and reminder.sent follows', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email'] });
      const due = reminderDue('ann', { task_title: 'Pay\r\nBcc: all@mail.example\r\n\r\n<b>now</b> \u{1f331}' });
      const again = { ...due, event_id: randomUUID() };
      expect(await deliver(replica, due)).toBe('SUCCESS');
      expect(await deliver(replica, due)).toBe('SUCCESS');
      // The same reminder under another event id, as after a tick that was repeated.
      expect(await deliver(replica, again)).toBe('SUCCESS');
      const reminderId = due.data.reminder_id as string;
      const [sent] = await stage.untilEnded(reminderId, 1);
      expect([contract(sent), contract.errors]).toEqual([true, null]);
      expect(sent).toMatchObject({
        event_type: 'reminder.sent',
        version: 'v1.2',
        data: { ...due.data, channel: 'email', attempts: 1, reminder_id: reminderId },
      });
      expect(sent?.data.reason).toBeUndefined();

      // A last one behind them: when it has come, nothing of the others is still on its way.
      const last = reminderDue('ann', { task_title: 'last' });
      await deliver(replica, last);
      await stage.untilEnded(last.event_id, 1);
      const mails = await stage.sink.messages('ann@mail.example');
      expect(mails.map((mail) => mail.subject)).toEqual([
        'Reminder: Pay Bcc: all@mail.example <b>now</b> \u{1f331}',
        'Reminder: last',
      ]);
      expect(await stage.sink.messages('all@mail.example')).toEqual([]);
      const [mail] = mails;
      expect(mail).toMatchObject({
        messageId: `<${reminderId}.email@todo.example>`,
        from: '"Todo" <reminders@todo.example>',
        to: ['ann@mail.example'],
      });
      expect(mail?.headers).toMatchObject({
        'auto-submitted': 'auto-generated',
        'list-unsubscribe': '<https://todo.example/#preferences>',
        'mime-version': '1.0',
      });
      expect(mail?.headers).not.toHaveProperty('bcc');
      expect(mail?.text).toContain('is due on Friday, 20 December 2030 at 23:59 UTC');
      expect(mail?.text).toContain('https://todo.example/#task-42');
      expect(mail?.html).toContain('&lt;b&gt;now&lt;/b&gt;');
      expect(await stage.ended(reminderId)).toHaveLength(1);
      const [row] = await stage.sql`select topics, key from notification.outbox limit 1`;
      expect(row).toEqual({ topics: ['reminders'], key: '42' });
      // Its own words come back on the same topic, and mean nothing to it.
      expect(await deliver(replica, sent as object)).toBe('SUCCESS');
    });
  }, 60_000);

  it('fails at once where the server says no, and is tried again where it says later', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      await stage.prefer(replica, 'ref', { email: 'ref@refused.example', channels: ['email'] });
      await stage.prefer(replica, 'bus', { email: 'bus@busy.example', channels: ['email'] });
      const [refused, busy] = [reminderDue('ref'), reminderDue('bus')];
      expect(await deliver(replica, refused)).toBe('SUCCESS');
      expect(await deliver(replica, busy)).toBe('SUCCESS');
      const [failed] = await stage.untilEnded(refused.event_id, 1);
      expect([contract(failed), contract.errors]).toEqual([true, null]);
      expect(failed).toMatchObject({ event_type: 'reminder.failed', data: { channel: 'email', attempts: 1 } });
      expect(failed?.data.reason).toMatch(/^SMTP_550: .*No such mailbox here/);
      const [sent] = await stage.untilEnded(busy.event_id, 1, 40_000);
      expect(sent).toMatchObject({ event_type: 'reminder.sent', data: { attempts: 3 } });
      expect(await stage.sink.messages('bus@busy.example')).toHaveLength(1);
    });
  }, 90_000);

  it('does not wait behind a slow receiver', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const slow = Array.from({ length: 20 }, (_, at) => `slow-${at}`);
      const quick = Array.from({ length: 20 }, (_, at) => `quick-${at}`);
      for (const user of slow) await stage.prefer(replica, user, { email: `${user}@slow.example`, channels: ['email'] });
      for (const user of quick) await stage.prefer(replica, user, { email: `${user}@mail.example`, channels: ['email'] });
      for (const user of slow) await deliver(replica, reminderDue(user));
      await until('slow mails are under way', async () => ((await stage.sink.messages()).length >= 3 ? true : undefined), {
        everyMs: 20,
        giveUpMs: 10_000,
      });
      const startedAt = performance.now();
      const events = quick.map((user) => reminderDue(user));
      for (const event of events) await deliver(replica, event);
      for (const event of events) await stage.untilEnded(event.event_id, 1);
      // One slow answer takes 20 s.
      expect(performance.now() - startedAt).toBeLessThan(8_000);
      const slowOnes = (await stage.sink.messages()).filter((mail) => mail.to[0]?.endsWith('@slow.example'));
      expect(slowOnes).toHaveLength(3);
    });
  }, 90_000);

  it('waits for a server that is away without using up its attempts, and holds up nothing else', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email', 'push'] });
      await stage.sink.kill();
      const waiting = [reminderDue('ann'), reminderDue('ann')];
      for (const event of waiting) expect(await deliver(replica, event)).toBe('SUCCESS');
      // Events go on: their notices are there while the mail waits.
      expect(await stage.call(replica, 'ann', 'GET', '/notices?limit=3')).toMatchObject({
        status: 200,
        body: { items: [{ event_id: waiting[1]?.event_id, event_type: 'reminder.due' }, {}] },
      });
      const rows = () => stage.sql`select claims, attempts, last_error from notification.deliveries`;
      await until(
        'one was tried three times',
        async () => ((await rows()).some((row) => row['claims'] >= 3) ? true : undefined),
        { everyMs: 50, giveUpMs: 60_000 },
      );
      for (const row of await rows()) expect(row).toMatchObject({ attempts: 0, last_error: expect.stringMatching(/^SMTP_/) });
      await stage.sink.revive();
      for (const event of waiting) {
        const [sent] = await stage.untilEnded(event.event_id, 1, 60_000);
        expect(sent).toMatchObject({ event_type: 'reminder.sent', data: { attempts: 1 } });
      }
      expect(await stage.sink.messages('ann@mail.example')).toHaveLength(2);
    });
  }, 180_000);

  it('is not sent of a task that was completed, deleted or put off while it waited, and is of one that was not', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email'] });
      const madeAt = Date.now();
      const at = (ms: number) => new Date(madeAt + ms).toISOString();
      const due = at(3_600_000);
      const heard = async (task_id: number, event_type: string, timestamp: string, more: object) => {
        const data = { id: task_id, user_id: 'ann', title: 'x', completed: false, due_date: due, revision: 2, ...more };
        const event = { event_id: randomUUID(), event_type, timestamp, version: 'v1.2', data: { ...wholeTask, ...data } };
        expect([event_type, await deliver(replica, event)]).toEqual([event_type, 'SUCCESS']);
      };
      await stage.sink.kill();
      const reminders = [1, 2, 3, 4, 5].map((task_id) => ({
        ...reminderDue('ann', { task_id, due_date: due, task_title: `task ${task_id}` }),
        timestamp: at(0),
      }));
      for (const event of reminders) expect(await deliver(replica, event)).toBe('SUCCESS');
      await heard(1, 'task.completed', at(1_000), { completed: true });
      await heard(2, 'task.deleted', at(1_000), {});
      await heard(3, 'task.updated', at(1_000), { due_date: at(7_200_000) });
      await heard(4, 'task.updated', at(1_000), { title: 'another title' });
      // From before the reminder was made: its own topic was ahead, and it knows better.
      await heard(5, 'task.created', at(-1_000), { due_date: at(60_000) });
      await stage.sink.revive();
      const endings = await Promise.all(reminders.map(async ({ event_id }) => (await stage.untilEnded(event_id, 1, 60_000))[0]));
      expect(endings.map((ending) => [ending?.event_type, ending?.data.reason?.split(':')[0]])).toEqual([
        ['reminder.failed', 'OBSOLETE'],
        ['reminder.failed', 'OBSOLETE'],
        ['reminder.failed', 'OBSOLETE'],
        ['reminder.sent', undefined],
        ['reminder.sent', undefined],
      ]);
      expect(await stage.sink.messages('ann@mail.example')).toHaveLength(2);
    });
  }, 120_000);

  it('comes once though two replicas work on it, and with the same Message-ID where one was killed in the middle', async () => {
    await withStage(async (stage) => {
      const short = { SEND_MS_MAX: '4000' };
      const first = await stage.notification(0, short);
      const second = await stage.notification(1, short);
      await stage.prefer(first, 'ann', { email: 'ann@mail.example', channels: ['email'] });
      const events = Array.from({ length: 40 }, () => reminderDue('ann'));
      await Promise.all(events.map((event, at) => deliver(at % 2 === 0 ? first : second, event)));
      for (const event of events) await stage.untilEnded(event.event_id, 1);
      const mails = await stage.sink.messages('ann@mail.example');
      expect(mails.map((mail) => mail.messageId).sort()).toEqual(
        events.map((event) => `<${event.event_id}.email@todo.example>`).sort(),
      );

      // The sink has a slow mail at once and answers late: killed between, the first replica can't know that it was taken.
      await second.service.stop();
      await stage.prefer(first, 'slo', { email: 'slo@slow.example', channels: ['email'] });
      const slow = reminderDue('slo');
      await deliver(first, slow);
      const copies = () => stage.sink.messages('slo@slow.example');
      await until('the mail was taken', async () => ((await copies()).length > 0 ? true : undefined), {
        everyMs: 10,
        giveUpMs: 10_000,
      });
      await first.service.kill();
      expect(await stage.ended(slow.event_id)).toEqual([]);
      await stage.notification(2);
      const [sent] = await stage.untilEnded(slow.event_id, 1, 60_000);
      expect(sent).toMatchObject({ event_type: 'reminder.sent' });
      const ids = (await copies()).map((mail) => mail.messageId);
      expect(ids).toEqual(Array(2).fill(`<${slow.event_id}.email@todo.example>`));
      expect(await stage.ended(slow.event_id)).toHaveLength(1);
    });
  }, 180_000);

  it('is never lost without a word: nothing chosen, no address, too old', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const nobody = reminderDue('nobody', { notification_channels: ['email', 'push', 'sms'] });
      expect(await deliver(replica, nobody)).toBe('SUCCESS');
      const endings = await stage.ended(nobody.event_id);
      expect(endings.map(({ event_type, data }) => [event_type, data.channel, data.attempts, data.reason])).toEqual([
        ['reminder.failed', 'push', 0, 'NO_ADDRESS: no browser of the user is subscribed'],
      ]);
      const mailOnly = reminderDue('nobody', { notification_channels: ['email'] });
      await deliver(replica, mailOnly);
      expect((await stage.ended(mailOnly.event_id)).map(({ data }) => data.reason)).toEqual([
        'NO_CHANNEL: the user did not choose email',
      ]);
      for (const event of [...endings, ...(await stage.ended(mailOnly.event_id))]) expect(contract(event)).toBe(true);

      // One that has waited for longer than a day, because its server was away.
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email'] });
      await stage.sink.kill();
      const old = reminderDue('ann');
      await deliver(replica, old);
      await until(
        'it was tried',
        async () =>
          (
            await stage.sql`
            update notification.deliveries set due_at = now(), created_at = now() - interval '25 hours'
            where reminder_id = ${old.event_id} and last_error is not null`
          ).count === 1
            ? true
            : undefined,
        { everyMs: 20, giveUpMs: 10_000 },
      );
      const [late] = await stage.untilEnded(old.event_id, 1);
      expect(late).toMatchObject({ event_type: 'reminder.failed', data: { attempts: 0 } });
      expect(late?.data.reason).toMatch(/^TOO_LATE: not delivered in 24 h/);
    });
  }, 90_000);

  it.each(['v1.0', 'v1.1'])(
    'is understood when it comes as %s',
    async (version) => {
      await withStage(async (stage) => {
        const replica = await stage.notification(0);
        await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email'] });
        const due = reminderDue('ann', {}, version);
        expect(await deliver(replica, due)).toBe('SUCCESS');
        const [sent] = await stage.untilEnded(due.event_id, 1);
        expect(sent).toMatchObject({ event_type: 'reminder.sent', version: 'v1.2', data: { reminder_id: due.event_id } });
      });
    },
    60_000,
  );
});

describe('a reminder by push', () => {
  it('reaches the browser, is repeated where the service is busy, and forgets a browser that is gone', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const push = (user: string) => reminderDue(user, { notification_channels: ['push'], task_title: 'Water\nthe plants' });
      await stage.subscribe(replica, 'ann', 'gone-1');
      await stage.subscribe(replica, 'ann', 'ok-1');
      await stage.subscribe(replica, 'bus', 'busy-1');
      await stage.subscribe(replica, 'old', 'gone-2');
      const [ann, bus, old] = [push('ann'), push('bus'), push('old')];
      for (const event of [ann, bus, old]) expect(await deliver(replica, event)).toBe('SUCCESS');

      const [sent] = await stage.untilEnded(ann.event_id, 1);
      expect([contract(sent), sent?.event_type, sent?.data.channel]).toEqual([true, 'reminder.sent', 'push']);
      const [taken] = await stage.sink.pushes('ok-1');
      expect(JSON.parse(taken?.payload ?? '')).toEqual({
        title: 'Reminder',
        body: 'Water the plants is due on Friday, 20 December 2030 at 23:59 UTC',
        tag: ann.event_id,
        task_id: 42,
        url: 'https://todo.example/#task-42',
      });
      expect(Number(taken?.headers['ttl'])).toBe(86_400);
      expect(await stage.call(replica, 'ann', 'GET', '/preferences')).toMatchObject({ body: { push_subscriptions: 1 } });

      const [gone] = await stage.untilEnded(old.event_id, 1);
      expect(gone).toMatchObject({ event_type: 'reminder.failed', data: { channel: 'push', attempts: 1 } });
      expect(gone?.data.reason).toMatch(/^PUSH_410/);
      expect(await stage.call(replica, 'old', 'GET', '/preferences')).toMatchObject({ body: { push_subscriptions: 0 } });

      const [late] = await stage.untilEnded(bus.event_id, 1, 40_000);
      expect(late).toMatchObject({ event_type: 'reminder.sent', data: { attempts: 3 } });
    });
  }, 90_000);

  it('flows while the mail server is away', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0, { SMTP_URL: 'smtp://127.0.0.1:9' });
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email', 'push'] });
      await stage.subscribe(replica, 'ann', 'ok-1');
      const both = reminderDue('ann', { notification_channels: ['email', 'push'] });
      await deliver(replica, both);
      const [sent] = await stage.untilEnded(both.event_id, 1);
      expect(sent).toMatchObject({ event_type: 'reminder.sent', data: { channel: 'push' } });
      expect(await stage.sink.pushes('ok-1')).toHaveLength(1);
    });
  }, 60_000);
});

describe('what is no reminder', () => {
  it('is dropped, or let pass without an effect', async () => {
    await withStage(async (stage) => {
      const replica = await stage.notification(0);
      const due = reminderDue('ann');
      for (const wrong of [
        { ...due, event_type: 'reminder.exploded' },
        { ...due, version: 'v2.0' },
        { ...due, data: { ...due.data, due_date: 'tomorrow' } },
        { ...due, data: { ...due.data, task_title: 'a\u0000b' } },
        { ...due, data: { ...due.data, task_id: 2 ** 40 } },
      ])
        expect(await deliver(replica, wrong)).toBe('DROP');
      for (const event_type of ['reminder.sent', 'reminder.failed'] as const)
        expect(await deliver(replica, { ...due, event_id: randomUUID(), event_type })).toBe('SUCCESS');
      expect(await deliver(replica, due, 'not the token')).toBe('HTTP 401');
      expect(await stage.sql`select 1 from notification.deliveries`).toHaveLength(0);
      expect(await stage.sql`select 1 from notification.notices`).toHaveLength(0);
      expect(await stage.sql`select 1 from notification.outbox`).toHaveLength(0);
    });
  }, 60_000);
});
