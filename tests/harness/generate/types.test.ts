import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { generateTypes, typesFile } from '../../../harness/generate/types.ts';

it('contracts/types.ts is what the schemas give', async () => {
  const generated = await generateTypes();
  // A sentence instead of a diff: the cure is always the same.
  if (readFileSync(typesFile, 'utf8') !== generated) {
    throw new Error('contracts/types.ts is stale. Run: npm run generate');
  }
  for (const name of ['TaskEvent', 'ReminderEvent', 'Task', 'TaskCreate', 'TaskPatch', 'TaskPage', 'Problem']) {
    expect(generated.split(`export interface ${name} {`)).toHaveLength(2);
  }
  // Types only: nothing is left of the file when it runs.
  expect(generated).not.toMatch(/^export (?!interface |type )/m);
});
