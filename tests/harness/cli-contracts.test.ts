/** The commands that start nothing, as a user calls them: exit codes, what is said, what is written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { plumbline, scratchFolder } from './plumbline.ts';

jest.setTimeout(60_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());
const v12 = 'contracts/events/task-event/v1.2.json';

function changed(name: string, change: (schema: { properties: { data: { required: string[] } } }) => void): string {
  const schema = JSON.parse(readFileSync(v12, 'utf8')) as Parameters<typeof change>[0];
  change(schema);
  const file = join(scratch.path, name);
  writeFileSync(file, JSON.stringify(schema, null, 2));
  return file;
}

describe('contracts', () => {
  it('check: ours hold, in seconds, and the findings of none are none in SARIF', async () => {
    const file = join(scratch.path, 'contracts.sarif');
    const { code, stdout } = await plumbline(['contracts', 'check', '--sarif', file]);
    expect([code, stdout.match(/^✓/gm)?.length, stdout.includes('✕')]).toEqual([0, 6, false]);
    const log = JSON.parse(readFileSync(file, 'utf8')) as { version: string; runs: { results: { level: string }[] }[] };
    expect([log.version, log.runs[0]?.results.filter(({ level }) => level === 'error')]).toEqual(['2.1.0', []]);
  });

  it('diff: 0 for an added field, 1 with line and counter-example for a required one', async () => {
    expect((await plumbline(['contracts', 'diff', 'contracts/events/task-event/v1.0.json', v12])).code).toBe(0);
    const breaking = changed('breaking.json', ({ properties }) => void properties.data.required.push('tags'));
    const { code, stdout } = await plumbline(['contracts', 'diff', v12, breaking]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/breaking\.json:\d+: required-added: backward/);
    expect(stdout).toContain('counter-example');
    const sarif = join(scratch.path, 'diff.sarif');
    await plumbline(['contracts', 'diff', v12, breaking, '--sarif', sarif]);
    expect(JSON.parse(readFileSync(sarif, 'utf8'))).toMatchObject({ runs: [{ results: [{ ruleId: 'required-added' }] }] });
    // Who only writes the new one breaks nobody who reads by the old.
    expect((await plumbline(['contracts', 'diff', v12, breaking, '--mode', 'forward'])).code).toBe(0);
  });

  it.each([
    [['contracts', 'diff', v12, 'nowhere.json'], /nowhere\.json/],
    [['contracts', 'diff', v12, v12, '--mode', 'sideways'], /backward, forward, full/],
    [['can-i-deploy', 'backend'], /service@version/],
    [['contracts', 'freeze', '9.9'], /release 9\.9 is not listed .*contracts freeze 9\.9/],
    [['components', 'validate', 'nowhere'], /nowhere is no folder/],
    [['manifests', 'validate', 'nowhere'], /nowhere/],
  ])('misused: %j is one sentence and exit 3', async (args, sentence) => {
    const { code, stdout, stderr } = await plumbline(args as string[]);
    expect([code, sentence.test(stdout + stderr)]).toEqual([3, true]);
  });
});

describe('can-i-deploy', () => {
  it('lets an old reader run beside new writers', async () => {
    const { code, stdout } = await plumbline(['can-i-deploy', 'notification@1.0', '--with', 'backend@1.2', 'recurring@1.2']);
    expect([code, /yes/.test(stdout)]).toEqual([0, true]);
  });

  it('knows no release that was never frozen', async () => {
    expect((await plumbline(['can-i-deploy', 'notification@7.0', '--with', 'backend@1.2'])).code).toBe(3);
  });
});
