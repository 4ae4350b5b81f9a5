/** Lines that a service logged as JSON. What is no JSON (a warning of Node's) is passed over. */
import type { Target } from '../stage/target.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** Of all replicas of the service; undefined where nobody can read logs, so that nobody takes that for silence. */
export const logLines = (target: Target, service: string): LogLine[] | undefined =>
  target.logs?.(service).flatMap((text) => linesIn(text));

export function linesIn(text: string): LogLine[] {
  return text.split('\n').flatMap((row): LogLine[] => {
    if (!row.startsWith('{')) return [];
    try {
      return [JSON.parse(row) as LogLine];
    } catch {
      // Cut off by a kill in the middle of it.
      return [];
    }
  });
}
