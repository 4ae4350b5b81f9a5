/** What a record says, as people say it: the same in progress lines, manifest and reports. */
import type { FaultRecord, Mark, StageRecord } from './records.ts';

/** `backend 3, recurring 1, with traces`. */
export const stageInWords = ({ replicas, traces, profile }: StageRecord): string =>
  [
    ...Object.entries(replicas).map(([service, count]) => `${service} ${count}`),
    ...(traces ? ['with traces'] : []),
    ...(profile === 'as written' ? ['schedules as written'] : []),
  ].join(', ');

const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`;

/** `kill kafka after 8.1 s for 10 s, tolerated`, and whatever else its kind was told. */
export function faultInWords({ do: kind, to, afterMs, forMs, tolerated, name: _, seed: __, ...rest }: FaultRecord): string {
  const more = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [`${kind} ${to} after ${seconds(afterMs)} for ${seconds(forMs)}`, ...more, ...(tolerated ? ['tolerated'] : [])].join(
    ', ',
  );
}

/** How often the ground was laid in a run, and how long that took; undefined when nobody wrote it down. */
export function stagingInWords(session: readonly Mark[] | undefined): string | undefined {
  const took = (name: string) =>
    (session ?? []).filter((mark) => mark.kind === 'mark' && mark.name === name).map(({ detail }) => Number(detail?.['tookMs']));
  const [staged, restaged] = [took('staged'), took('restaged')];
  if (staged.length + restaged.length === 0) return undefined;
  return [
    ...(staged.length > 0 ? [`staged ${staged.map(seconds).join(', ')}`] : []),
    ...(restaged.length > 0 ? [`restaged ${restaged.map(seconds).join(', ')}`] : []),
  ].join('; ');
}
