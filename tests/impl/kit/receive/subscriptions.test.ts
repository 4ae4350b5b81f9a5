import { expect, it } from '@jest/globals';
import { subscriptionRouter } from '#kit/receive/subscriptions.ts';

it('takes no events at an address that is not kept to the sidecar', () => {
  const topic = { pubsub: 'kafka-pubsub', topic: 'task-events', route: '/events/task-events' };
  expect(() => subscriptionRouter([topic])).not.toThrow();
  expect(() => subscriptionRouter([{ ...topic, route: '/hooks/task-events' }])).toThrow('ROUTE_UNGUARDED: /hooks/task-events');
  expect(() => subscriptionRouter([{ ...topic, rules: [{ type: 'task.created', route: '/created' }] }])).toThrow(
    'ROUTE_UNGUARDED: /created',
  );
});
