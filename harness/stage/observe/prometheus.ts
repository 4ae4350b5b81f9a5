/** The few counters of a sidecar that tell what became of events, out of its Prometheus text. */
import type { Sample } from '../../evidence/records.ts';

const line = /^([a-zA-Z_:][\w:]*)\{([^}]*)\} ([-+\d.eE]+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;
/** Labels that say what, not how long: anything else would make a series per path. */
const kept = new Set(['app_id', 'topic', 'success', 'process_status', 'component', 'status', 'policy', 'flow_direction']);

/**
 * Samples of metrics whose name begins with one of `prefixes`; histogram buckets are left out. `instance` is whose text it is:
 * counters of several replicas carry the same labels, and each resets on its own.
 */
export function samplesIn(
  text: string,
  prefixes: readonly string[],
  { at, instance }: { readonly at: number; readonly instance: string },
): Sample[] {
  const samples: Sample[] = [];
  for (const row of text.split('\n')) {
    if (!prefixes.some((prefix) => row.startsWith(prefix))) continue;
    const match = line.exec(row);
    if (!match) continue;
    const [, metric = '', inner = '', value = ''] = match;
    if (/_(bucket|sum)$/.test(metric)) continue;
    const labels = Object.fromEntries(
      [...inner.matchAll(label)].filter(([, name = '']) => kept.has(name)).map(([, name = '', text = '']) => [name, text]),
    );
    samples.push({ at, metric, labels: { ...labels, instance }, value: Number(value) });
  }
  return samples;
}
