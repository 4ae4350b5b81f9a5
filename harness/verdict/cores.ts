/** How many cores the load had: a CPU sample is in cores, and a container's share of its host is what counts. */
import type { Manifest } from '../evidence/records.ts';

export function coresOf(manifest: Pick<Manifest, 'machine'> | undefined): number {
  const given = [manifest?.machine['cores'], manifest?.machine['cpuLimit']];
  const known = given.filter((count): count is number => typeof count === 'number' && Number.isFinite(count) && count > 0);
  return known.length === 0 ? 1 : Math.min(...known);
}
