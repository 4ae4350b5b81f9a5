import { expect, it } from '@jest/globals';
import { samplesIn } from '../../../../harness/stage/observe/prometheus.ts';

const text = `# HELP dapr_component_pubsub_egress_bulk_count The number of bulk publish calls to the pub/sub component.
# TYPE dapr_component_pubsub_egress_bulk_count counter
dapr_component_pubsub_egress_bulk_count{app_id="backend",component="kafka-pubsub",namespace="",success="false",topic="task-events"} 3
dapr_component_pubsub_egress_bulk_latencies_bucket{app_id="backend",le="1"} 9
dapr_component_pubsub_egress_bulk_latencies_sum{app_id="backend"} 21.5
go_goroutines{app_id="backend"} 70
dapr_component_pubsub_egress_bulk_count{app_id="say \\"hi\\"",success="true"} 1e+06
`;

it('takes the counters that were asked for, without buckets, sums and labels that only multiply series', () => {
  expect(samplesIn(text, ['dapr_component_pubsub_egress'], { at: 7, instance: 'backend-1' })).toEqual([
    {
      at: 7,
      metric: 'dapr_component_pubsub_egress_bulk_count',
      labels: { app_id: 'backend', component: 'kafka-pubsub', success: 'false', topic: 'task-events', instance: 'backend-1' },
      value: 3,
    },
    {
      at: 7,
      metric: 'dapr_component_pubsub_egress_bulk_count',
      labels: { app_id: 'say \\"hi\\"', success: 'true', instance: 'backend-1' },
      value: 1_000_000,
    },
  ]);
});
