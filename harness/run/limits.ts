/** What this process may use of the machine: a container has fewer cores and less memory than its host tells. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

export interface Limits {
  /** In cores, may be a fraction; absent where all of the machine's may be used. */
  readonly cpuLimit?: number;
  readonly memoryLimitMiB?: number;
}

/** Where a controller's groups may be mounted: alone, with another one, or beside the other version's. */
const mounts = {
  v2: ['sys/fs/cgroup', 'sys/fs/cgroup/unified'],
  cpu: ['sys/fs/cgroup/cpu', 'sys/fs/cgroup/cpu,cpuacct', 'sys/fs/cgroup/cpuacct,cpu'],
  memory: ['sys/fs/cgroup/memory'],
} as const;

/** Without a limit version 1 writes the largest page-aligned number. */
const NO_LIMIT = 2 ** 60;

/** The tightest of what cgroups (version 2 and 1, each with the groups above it) and the scheduler's affinity leave. `root`, `cores`: for tests. */
export function limitsOf(root = '/', cores = cpus().length): Limits {
  const own = text(join(root, 'proc/self/cgroup')) ?? '';
  const groups = own.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const pathOf = (controller: string) => groups.find((group) => group?.[1]?.split(',').includes(controller))?.[2] ?? '/';
  const seen = (kind: keyof typeof mounts, files: (at: string) => number | undefined): number[] =>
    mounts[kind].flatMap((mount) =>
      upwards(pathOf(kind === 'v2' ? '' : kind)).flatMap((group) => files(join(root, mount, group)) ?? []),
    );
  const share = [
    ...seen('v2', (at) => ratio(text(join(at, 'cpu.max')))),
    ...seen('cpu', (at) => ratio(`${text(join(at, 'cpu.cfs_quota_us'))} ${text(join(at, 'cpu.cfs_period_us'))}`)),
    ...allowed(text(join(root, 'proc/self/status')) ?? ''),
  ].filter((limit) => limit < cores);
  const bytes = [
    ...seen('v2', (at) => positive(text(join(at, 'memory.max')))),
    ...seen('memory', (at) => positive(text(join(at, 'memory.limit_in_bytes')))),
  ].filter((limit) => limit < NO_LIMIT);
  return {
    ...(share.length > 0 && { cpuLimit: Math.min(...share) }),
    ...(bytes.length > 0 && { memoryLimitMiB: Math.round(Math.min(...bytes) / 2 ** 20) }),
  };
}

/** `/a/b` -> `/a/b`, `/a`, `/`: each may be limited, and in a container the last may be all that can be seen. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return [...parts.keys(), parts.length].map((depth) => `/${parts.slice(0, depth).join('/')}`).reverse();
}

/** `150000 100000` -> 1.5; `max 100000` and `-1 100000` limit nothing. */
function ratio(limit: string | undefined): number | undefined {
  const [quota, period] = (limit ?? '').split(' ').map(positive);
  return quota === undefined || period === undefined ? undefined : quota / period;
}

const positive = (digits: string | undefined): number | undefined =>
  digits !== undefined && /^\d+$/.test(digits) && Number(digits) > 0 ? Number(digits) : undefined;

/** `Cpus_allowed_list: 0-1,4` -> 3. */
function allowed(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1];
  if (list === undefined) return [];
  const counts = list.split(',').map((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return to - from + 1;
  });
  return [counts.reduce((sum, count) => sum + count, 0)];
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
