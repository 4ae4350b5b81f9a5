/** How busy the whole machine is: a run on a saturated machine measures the machine. */
import { cpus } from 'node:os';
import { clockMs } from '../evidence/journal.ts';
import type { Sample } from '../evidence/records.ts';

/** Each call gives the share of CPU time, 0 to 1 over all cores, that was not idle since the call before. */
export function machineSampler(): () => Sample[] {
  let before = times();
  return () => {
    const now = times();
    const total = now.total - before.total;
    const busy = now.busy - before.busy;
    before = now;
    return total > 0 ? [{ at: clockMs(), metric: 'machine_cpu_ratio', labels: {}, value: busy / total }] : [];
  };
}

function times(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times: t } of cpus()) {
    busy += t.user + t.nice + t.sys + t.irq;
    total += t.user + t.nice + t.sys + t.irq + t.idle;
  }
  return { busy, total };
}
