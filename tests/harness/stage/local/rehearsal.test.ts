import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rehearsedComponents } from '../../../../harness/stage/local/rehearsal.ts';
import { readSystem, type System } from '../../../../harness/project/system.ts';
import { scratchFolder } from '../../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const components = join(scratch.path, 'components');
const cron = `# why
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: tick }
spec:
  type: bindings.cron
  version: v1
  metadata:
    - name: schedule
      value: "@every 5m" # as specified
    - { name: direction, value: input }
`;
const systemOf = (rehearsal: System['rehearsal']): System => ({
  ...readSystem(join(import.meta.dirname, '../../../../impl/system.yaml')),
  components,
  ...(rehearsal && { rehearsal }),
});

beforeEach(() => {
  rmSync(components, { recursive: true, force: true });
  mkdirSync(components);
  writeFileSync(join(components, 'tick.yaml'), cron);
});

describe('rehearsed components', () => {
  it('have the one value replaced, in a copy', async () => {
    const into = await rehearsedComponents(systemOf({ tick: { schedule: '@every 2s' } }), join(scratch.path, 'one'));
    const copy = readFileSync(join(into, 'tick.yaml'), 'utf8');
    expect(copy.split('\n').filter((line) => !cron.includes(line.trim()))).toEqual(['      value: "@every 2s" # as specified']);
    expect(readFileSync(join(components, 'tick.yaml'), 'utf8')).toBe(cron);
  });

  it.each([
    [{ tock: { schedule: '@every 2s' } }, 'no component named tock'],
    [{ tick: { plan: '@every 2s' } }, 'rehearsal.tick.plan'],
  ])('refuse what has no place: %j', async (rehearsal, complaint) => {
    await expect(rehearsedComponents(systemOf(rehearsal), join(scratch.path, 'two'))).rejects.toThrow(complaint);
  });
});
