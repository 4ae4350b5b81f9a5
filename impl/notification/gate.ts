/**
 * A breaker for a lane whose sends all go through one server. Open: as many as the lane allows. After a send that reached
 * nobody: none for a while, then one at a time, until one reaches the server.
 */
import { pauseMs } from './retry.ts';

export interface Gate {
  /** How many sends may be under way now. */
  room(): number;
  saw(reached: boolean): void;
}

export interface GateOptions {
  readonly sendsMax: number;
  /** False: there is no one server, so the gate stays open. */
  readonly closes: boolean;
}

export function openGate({ sendsMax, closes }: GateOptions, nowMs = () => performance.now(), chance = Math.random): Gate {
  let failures = 0;
  let untilMs = 0;
  return {
    room: () => (failures === 0 ? sendsMax : nowMs() < untilMs ? 0 : 1),
    saw(reached) {
      if (reached || !closes) failures = 0;
      // Those that were under way together saw the same outage: it counts once.
      else if (nowMs() >= untilMs) untilMs = nowMs() + pauseMs(++failures, chance());
    },
  };
}
