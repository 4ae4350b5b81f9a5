/** The way of a reminder through a real broker and a real sidecar, and of its ending back. */
import { expect, it } from '@jest/globals';
import { until } from '#harness/process/until.ts';
import { withBroker } from '../scene.ts';
import { reminderDue, withStage } from './stage.ts';

it('reminder.due comes by Kafka, the mail goes out, reminder.sent goes back, and ends there', async () => {
  await withStage(async (stage) => {
    await withBroker(stage, async (broker) => {
      const replica = await stage.notification(0);
      await stage.prefer(replica, 'ann', { email: 'ann@mail.example', channels: ['email'] });
      await broker.sidecarOf(replica, 'notification');
      const publish = async (event: object, type?: string) => {
        const query = new URLSearchParams({ 'metadata.partitionKey': '42', ...(type && { 'metadata.cloudevent.type': type }) });
        const answer = await fetch(`http://127.0.0.1:${replica.sidecarPort}/v1.0/publish/kafka-pubsub/reminders?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(event),
        });
        expect(answer.status).toBe(204);
      };
      // The second is of a producer that lets Dapr name the type: it takes the default route.
      const events = [reminderDue('ann'), reminderDue('ann', {}, 'v1.0')] as const;
      await publish(events[0], 'reminder.due');
      await publish(events[1]);
      for (const event of events) {
        const [sent] = await stage.untilEnded(event.event_id, 1, 60_000);
        expect(sent).toMatchObject({ event_type: 'reminder.sent' });
      }
      // Two that came and two that it sent itself and heard again.
      await until(
        'all four are in the inbox',
        async () => ((await stage.sql`select 1 from notification.inbox`).count === 4 ? true : undefined),
        { everyMs: 100, giveUpMs: 30_000 },
      );
      expect(await stage.sink.messages('ann@mail.example')).toHaveLength(2);
      expect(await stage.sql`select 1 from notification.deliveries`).toHaveLength(2);
      expect(await stage.sql`select 1 from notification.outbox where sent_at is null`).toHaveLength(0);

      const metrics = await (await fetch(`${replica.url}/metrics`)).text();
      expect(metrics).toContain('deliveries_total{channel="email",outcome="sent"} 2');
      expect(metrics).toMatch(/delivery_lag_seconds_count\{channel="email"\} 2/);
    });
  });
}, 180_000);
