import type { Experiment } from '../harness/experiment.ts';
import { creates, notificationDown } from './notification-down.drill.ts';

/** Longer than `notification-down`: deliveries that wait for it begin together once a second, fifty times over (DECISIONS.md, 2026-11-25). */
export const notificationAway: Experiment = {
  ...notificationDown,
  name: 'notification-away',
  suite: 'named',
  asks: 'When the notification service is dead for 50 s under load, does every event wait for it, and does the system stay well when it is back?',
  // More of the same that notification-down shows: the row of US1.3 rests on that one, which every run of verify has.
  proves: [],
  workload: creates(70),
  faults: [{ do: 'kill', to: 'notification', afterMs: { from: 3_500, to: 4_500 }, forMs: 50_000, tolerated: true }],
  slos: [...notificationDown.slos, 'drill-no-relapse'],
};
