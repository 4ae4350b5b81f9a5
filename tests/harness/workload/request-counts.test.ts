import { expect, it } from '@jest/globals';
import { countIn } from '../../../harness/workload/request-counts.ts';

const text = [
  '# TYPE http_server_request_duration_seconds histogram',
  'http_server_request_duration_seconds_bucket{method="POST",route="/dapr/cron/reminder-cron",status="200",le="1"} 9',
  'http_server_request_duration_seconds_count{method="POST",route="/dapr/cron/reminder-cron",status="200"} 3',
  'http_server_request_duration_seconds_count{method="POST",route="/dapr/cron/reminder-cron",status="403"} 4',
  'http_server_request_duration_seconds_count{method="GET",route="/api/:userId/tasks",status="200"} 7',
].join('\n');

it.each([
  ['of that answer', { method: 'POST', routeEnd: '/dapr/cron/reminder-cron', status: 200 }, 3],
  ['of any answer', { method: 'POST', routeEnd: '/dapr/cron/reminder-cron' }, 7],
  ['of that method', { method: 'GET', routeEnd: '/tasks' }, 7],
  ['none of another method', { method: 'POST', routeEnd: '/tasks' }, 0],
  ['none of another route', { method: 'POST', routeEnd: '/reminder', status: 200 }, 0],
])('counts requests %s', (_, wanted, count) => {
  expect(countIn(text, wanted)).toBe(count);
});
