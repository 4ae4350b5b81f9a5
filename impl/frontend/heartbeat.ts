import type { Background } from '#kit/service.ts';
import type { Streams } from './streams.ts';

/** A comment to each open stream, now and then: proxies close what is quiet, and a screen that is gone shows at last. */
export function openHeartbeat(streams: Pick<Streams, 'beat'>, everyMs: number): Background {
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'heartbeat',
    async start() {
      timer = setInterval(() => streams.beat(), everyMs);
    },
    async stop() {
      clearInterval(timer);
    },
  };
}
