/** What a service has counted of its own requests: shows that one reached it, whoever else could have answered it. */
import type { Target } from '../stage/target.ts';

export interface RequestsWanted {
  readonly method: string;
  /** The end of the route, as the service names it. */
  readonly routeEnd: string;
  /** Without it, whatever the answer was. */
  readonly status?: number;
}

/** Of each replica of the service, in the order of `replicas`. */
export const requestCounts = (target: Target, service: string, wanted: RequestsWanted): Promise<number[]> =>
  Promise.all(
    target.replicas(service).map(async (url) => {
      const response = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(5_000) });
      return countIn(await response.text(), wanted);
    }),
  );

export function countIn(text: string, { method, routeEnd, status }: RequestsWanted): number {
  const rows = text
    .split('\n')
    .filter(
      (row) =>
        row.startsWith('http_server_request_duration_seconds_count{') &&
        row.includes(`method="${method}"`) &&
        row.includes(`${routeEnd}"`) &&
        (status === undefined || row.includes(`status="${status}"`)),
    );
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
}
