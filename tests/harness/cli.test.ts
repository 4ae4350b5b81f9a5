/** Bad input gets one clear sentence with the next step and exit code 3, before anything is started. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { plumbline, scratchFolder, systemWith } from './plumbline.ts';

jest.setTimeout(30_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
const root = resolve(import.meta.dirname, '../..');

describe('plumbline', () => {
  it('explains itself', async () => {
    const { code, stdout } = await plumbline(['--help']);
    expect(code).toBe(0);
    for (const word of ['verify', 'run', 'judge', 'up', 'doctor', 'list', 'Exit codes']) expect(stdout).toContain(word);
  });

  it.each([
    [['verifi'], "unknown command 'verifi'"],
    [['verify', '--sed', '1'], "unknown option '--sed'"],
    [['verify', '--seed', 'x'], 'A whole number'],
    [['run'], "missing required argument 'experiment'"],
    [['run', 'crud-event'], 'UNKNOWN_EXPERIMENT: crud-event; did you mean crud-events?'],
    [['run', 'no/such.load.ts'], 'UNKNOWN_EXPERIMENT: no/such.load.ts'],
    [['run', 'crud-events', '--system', 'no-such.yaml'], 'SYSTEM_UNREADABLE: no-such.yaml'],
    [['judge', 'no-such-folder'], 'NO_RUN: '],
    [['judge', 'contracts'], 'NO_RUN: '],
  ])('%j: %s', async (args, sentence) => {
    const { code, stderr } = await plumbline(args);
    expect(stderr).toContain(sentence);
    expect(code).toBe(3);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('names file and line of a broken component', async () => {
    const components = join(scratch.path, 'components');
    cpSync(join(root, 'components/local'), components, { recursive: true });
    writeFileSync(join(components, 'broken.yaml'), 'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n\tname: tabs\n');
    writeFileSync(join(components, 'odd.yaml'), 'apiVersion: dapr.io/v1alpha1\nkind: Componnent\nmetadata: { name: odd }\n');
    const system = systemWith(scratch.path, (file) => void Object.assign(file, { components }));
    const { code, stderr } = await plumbline([
      'run',
      'crud-events',
      '--system',
      system,
      '--reports',
      join(scratch.path, 'reports'),
    ]);
    expect(stderr).toMatch(/broken\.yaml:4: Tabs are not allowed/);
    expect(stderr).toMatch(/odd\.yaml:2: no resource of Dapr has kind Componnent.*did you mean Component\?/);
    expect(code).toBe(3);
  });

  it('lists everything wrong with a system file', async () => {
    const folder = join(scratch.path, 'bad-system');
    mkdirSync(folder);
    const system = systemWith(folder, (file) => {
      Object.assign(file.services.backend ?? {}, { appPort: 'eighty', replica: 1 });
    });
    const { code, stderr } = await plumbline(['run', 'crud-events', '--system', system]);
    expect(stderr).toMatch(/system\.yaml:\d+: services\.backend must NOT have additional properties \(replica\)/);
    expect(stderr).toMatch(/system\.yaml:\d+: services\.backend\.appPort must be integer/);
    expect(code).toBe(3);
  });
});
