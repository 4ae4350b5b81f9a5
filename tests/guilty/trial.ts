/** One run of the real command line with culprits in the places of honest services; what it said is there when the tests begin. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Finding } from '../../harness/evidence/records.ts';
import { type Ended, findingsOf, plumbline, scratchFolder, systemWith } from '../harness/plumbline.ts';

const here = import.meta.dirname;

interface Case {
  /** Service -> the file here that runs in its place. */
  readonly culprits?: Readonly<Record<string, string>>;
  /** Services that have nothing to do with it: a machine of two cores starts without them sooner. */
  readonly without?: readonly string[];
  readonly components?: (folder: string) => void;
}

export function trial(experiments: readonly string[], { culprits = {}, without = [], components }: Case = {}) {
  const scratch = scratchFolder();
  const reports = join(scratch.path, 'reports');
  const seen: { ended?: Ended; findings: Finding[] } = { findings: [] };
  beforeAll(async () => {
    const system = systemWith(scratch.path, (one) => {
      for (const [service, file] of Object.entries(culprits))
        Object.assign(one.services[service] ?? {}, { command: ['node', join(here, file)] });
      for (const service of without) delete one.services[service];
      if (without.includes('frontend')) Object.assign(one.identity.client, { service: 'notification' });
      if (components) {
        const folder = join(scratch.path, 'components');
        cpSync(one.components, folder, { recursive: true });
        components(folder);
        Object.assign(one, { components: folder, configuration: join(folder, 'configuration.yaml') });
      }
    });
    seen.ended = await plumbline(['run', ...experiments, '--reports', reports, '--seed', '7', '--system', system]);
    seen.findings = findingsOf(reports);
  });
  afterAll(() => scratch.remove());
  return { seen, reports };
}

export const relayOnly = { without: ['frontend', 'recurring'] } as const;
