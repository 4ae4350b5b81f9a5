/** Bad input gets one clear sentence with the next step and exit code 3, before anything is started. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { plumbline, scratchFolder, start, systemWith } from './plumbline.ts';

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
    ...['x', '', ' ', ' 5', '5 ', '0x10', '1e3', '-1', '+1', '1.0', '1_000', '4294967296', 'Infinity'].map(
      (seed): [string[], string] => [['verify', `--seed=${seed}`], 'A whole number from 0 to 4294967295 is needed'],
    ),
    [['verify', '--reports', ''], "option '--reports <folder>' argument '' is invalid"],
    [['verify', '--reports', 'package.json'], 'package.json is a file, and runs are folders. Name a folder with --reports'],
    [['run', 'crud-events', '--reports', 'package.json/below'], 'package.json is a file, and runs are folders'],
    [['up', '--system', ''], "option '--system <file>' argument '' is invalid"],
    [['up', '--system', 'contracts'], 'SYSTEM_INVALID:\n  contracts: it is a folder; put a file in its place'],
    [['list', '--project', ''], "option '--project <folder>' argument '' is invalid"],
    [['verify', '--replicas', 'constructor=2'], 'NO_SERVICE: --replicas constructor; the system has backend'],
    [['verify', '--replicas', '__proto__=2'], 'Write it as service=number'],
    [['verify', '--replicas', 'backend=1.5'], 'Write it as service=number'],
    [['run', 'constructor'], 'UNKNOWN_EXPERIMENT: constructor Known: '],
    [['run', 'crud-events', 'crud-events'], 'experiment crud-events is named twice'],
    [['run', 'harness/random.ts'], 'NO_EXPERIMENT: harness/random.ts exports no Experiment'],
    [['contracts', 'diff', 'contracts', 'contracts'], 'contracts is named, but that is a folder. Name a file in it.'],
    [['contracts', 'page', '--out', 'contracts'], "option '--out <file>' argument 'contracts' is invalid. Name a file."],
    [['contracts', 'check', '--sarif', 'contracts'], "option '--sarif <file>' argument 'contracts' is invalid. Name a file."],
    [['judge', 'package.json'], 'package.json holds no run'],
    [['run'], "missing required argument 'experiment'"],
    [['run', 'crud-event'], 'UNKNOWN_EXPERIMENT: crud-event; did you mean crud-events?'],
    [['run', 'no/such.load.ts'], 'UNKNOWN_EXPERIMENT: no/such.load.ts'],
    [['run', 'crud-events', '--system', 'no-such.yaml'], 'SYSTEM_UNREADABLE: no-such.yaml'],
    [['judge', 'no-such-folder'], 'NO_RUN: '],
    [['judge', 'contracts'], 'NO_RUN: '],
  ])('%j: %s', async (args, sentence) => {
    const { code, stdout, stderr } = await plumbline(args);
    expect(stdout + stderr).toContain(sentence);
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

describe('what prepares a machine', () => {
  it('asks for the components that the system names, and says when nobody can tell them', async () => {
    const folder = join(scratch.path, 'prepared');
    mkdirSync(join(folder, 'elsewhere'), { recursive: true });
    const system = systemWith(folder, (file) => void Object.assign(file, { components: 'elsewhere' }));
    writeFileSync(join(folder, 'elsewhere', 'one.yaml'), 'kind: Component\nspec: { type: pubsub.nobody-has-built }\n');
    const missing = await plumbline(['doctor'], { PATH: '' }, folder);
    expect(missing.stdout).toMatch(/^(!!|\.\.) +daprd /m);
    writeFileSync(system, 'system: [');
    const broken = await plumbline(['doctor'], {}, folder);
    expect(broken.stderr).toMatch(
      /without the components of .*prepared, which nobody can tell: SYSTEM_INVALID:\n +system\.yaml:1/,
    );
    expect(broken.stdout).toContain('Node');
  });

  it('ends in order when nobody reads on', async () => {
    const listing = start(['list']);
    listing.child.stdout?.destroy();
    expect((await listing.ended).code).toBe(0);
  });
});
