import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { catalogue } from '../../../harness/catalogue.ts';
import { preflight } from '../../../harness/preflight/preflight.ts';
import { scratchFolder } from '../plumbline.ts';
import { project, system } from '../../own-project.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

describe('preflight', () => {
  it('accepts every experiment of the catalogue', async () => {
    const experiments = await catalogue(project);
    const { records, requirements, schemas } = preflight(experiments, system, project);
    expect(records.map(({ name }) => name)).toEqual(experiments.map(({ name }) => name));
    expect(requirements.length).toBeGreaterThan(50);
    expect(Object.keys(schemas)).toContain('task-event-v1.0');
  });

  it('names file and nearest metric of an SLO with an unknown metric', async () => {
    const contracts = join(scratch.path, 'contracts');
    cpSync(project.contracts, contracts, { recursive: true });
    const file = join(contracts, 'slos/create-response-p95.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('metric: latency.response', 'metric: latency.respnse'));
    const experiments = await catalogue(project);
    expect(() => preflight(experiments, system, { contracts })).toThrow(
      /create-response-p95\.yaml.*latency\.respnse.*did you mean.*latency\.response/,
    );
  });

  it('an experiment proves what the requirements say it shows, and nothing else', async () => {
    const experiments = await catalogue(project);
    const { requirements } = preflight(experiments, system, project);
    for (const { name, proves } of experiments) {
      const shown = requirements
        .filter(({ shownBy }) => shownBy.some(({ experiment }) => experiment === name))
        .map(({ id }) => id);
      expect([name, [...proves].sort()]).toEqual([name, shown.sort()]);
    }
  });
});
