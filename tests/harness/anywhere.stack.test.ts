/** Every command, from the root of its project, from a folder in it, and from elsewhere with --project: the same. On what `npm run tools` made. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { project } from '../own-project.ts';
import type { Manifest } from '../../harness/evidence/records.ts';
import { projectOutside } from './outside.ts';
import { claims, findingsOf, plumbline, scratchFolder, start } from './plumbline.ts';

jest.setTimeout(120_000);
const scratch = scratchFolder();
const run = `anywhere-${process.pid}`;
const runFolder = join(project.reports, run);
beforeAll(() => cpSync(join(project.root, 'tests/evidence/good'), runFolder, { recursive: true }));
afterAll(() => {
  rmSync(runFolder, { recursive: true, force: true });
  scratch.remove();
});

const page = join(project.reports, 'contracts.html');
const sarif = join(scratch.path, 'found.sarif');
const task = (version: string) => join(project.contracts, `events/task-event/v${version}.json`);

/** `fresh`: goes before the command, so that what it writes is its own. */
interface Case {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
  readonly fresh?: string;
}

const cases: readonly Case[] = [
  { args: ['list'], code: 0, says: /^create-100 +verify /m },
  { args: ['doctor'], code: 0, says: /daprd +1\.18\.2/ },
  { args: ['tools'], code: 0, says: /zipkin: 3\.\S+ \(/ },
  {
    args: ['judge', `reports/${run}`],
    code: 0,
    says: /All \d+ claims in 2 experiments held/,
    fresh: join(runFolder, 'index.html'),
  },
  { args: ['trial', `reports/${run}`], code: 0, says: /\d\d tried, \d\d judged rightly, 0 wrongly/ },
  // What would be run is found there, and the rest is told before anything starts.
  { args: ['run', 'no-such-experiment'], code: 3, says: /UNKNOWN_EXPERIMENT: .* Known: .*create-100/ },
  { args: ['verify', '--replicas', 'no-such=2'], code: 3, says: /NO_SERVICE: .*no-such; the system has backend, frontend/ },
  { args: ['up', '--replicas', 'no-such=2'], code: 3, says: /NO_SERVICE: .*no-such; the system has backend, frontend/ },
  { args: ['contracts', 'check', '--sarif', sarif], code: 0, says: /✓ manifests: k8s\/base: 0 errors/, fresh: sarif },
  { args: ['contracts', 'diff', task('1.0'), task('1.1')], code: 0, says: /compatible/ },
  { args: ['contracts', 'freeze', '1.2'], code: 0, says: /release 1\.2 is frozen already; nothing changed/ },
  { args: ['contracts', 'page'], code: 0, says: /contracts\.html/, fresh: page },
  { args: ['contracts', 'requirements'], code: 0, says: /says what .*requirements\.yaml says/ },
  {
    args: ['can-i-deploy', 'notification@1.0', '--with', 'backend@1.2'],
    code: 0,
    says: /notification 1\.0 beside backend 1\.2: yes/,
  },
  { args: ['components', 'validate', '--sarif', sarif], code: 0, says: /18 resources, 0 errors/, fresh: sarif },
  { args: ['manifests', 'validate', '--sarif', sarif], code: 0, says: /no errors/, fresh: sarif },
];

/** Every command that does something, as the command line itself tells them. */
async function commandsBelow(...words: string[]): Promise<string[]> {
  const { stdout } = await plumbline([...words, '--help']);
  const [, listed = ''] = stdout.split(/^Commands:$/m);
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name]) =>
    name === undefined || name === 'help' ? [] : [name],
  );
  if (names.length === 0) return [words.join(' ')];
  const below: string[] = [];
  for (const name of names) below.push(...(await commandsBelow(...words, name)));
  return below;
}

it('every command there is stands below', async () => {
  const all = await commandsBelow();
  expect(all.length).toBeGreaterThan(10);
  const tried = ({ args }: Case) => all.find((command) => `${args.join(' ')} `.startsWith(`${command} `));
  expect(all.filter((command) => !cases.some((one) => tried(one) === command))).toEqual([]);
  expect(cases.filter((one) => tried(one) === undefined)).toEqual([]);
});

const inside = join(project.root, 'impl', 'backend', 'chat');
describe.each([
  ['the root', project.root, []],
  ['a folder in the project', inside, []],
  ['elsewhere, with --project', scratch.path, ['--project', project.root]],
] as const)('from %s', (_where, cwd, named) => {
  it.each(cases.map((one) => [one.args.join(' ').replaceAll(project.root, '').replaceAll(scratch.path, ''), one] as const))(
    '%s',
    async (_title, { args, code, says, fresh }) => {
      if (fresh) rmSync(fresh, { force: true });
      const ended = await plumbline([...args, ...named], {}, cwd);
      expect(ended.stdout + ended.stderr).toMatch(says);
      expect(ended.code).toBe(code);
      if (fresh) expect(existsSync(fresh)).toBe(true);
    },
  );
});

describe('what a code host reads', () => {
  it('names files from the root, wherever the command was called', async () => {
    const broken = join(project.root, 'tests/harness/contract/resource/broken-components');
    for (const [cwd, named] of [
      [project.root, []],
      [inside, []],
      [scratch.path, ['--project', project.root]],
    ] as const) {
      const { code } = await plumbline(['components', 'validate', broken, '--sarif', sarif, ...named], {}, cwd);
      expect(code).toBe(1);
      const text = readFileSync(sarif, 'utf8');
      const uris = new Set([...text.matchAll(/"uri": ?"([^"]+)"/g)].map(([, uri]) => uri));
      const ours = [...uris].filter((uri) => uri?.endsWith('.yaml'));
      expect(ours.length).toBeGreaterThan(20);
      expect(ours.filter((uri) => !uri?.startsWith('tests/harness/contract/resource/broken-components/'))).toEqual([]);
    }
  });
});

describe('where there is no project', () => {
  it.each([['list'], ['verify'], ['contracts', 'check'], ['can-i-deploy', 'a@1.0', '--with', 'b@1.0']])(
    '%s says so: exit 3',
    async (...args) => {
      const elsewhere = join(scratch.path, 'empty');
      mkdirSync(elsewhere, { recursive: true });
      const { code, stderr } = await plumbline(args, {}, elsewhere);
      expect([code, stderr]).toEqual([3, expect.stringMatching(/NO_PROJECT: .*--project <folder>/)]);
    },
  );

  it('files that are named are judged all the same', async () => {
    const { code } = await plumbline(['components', 'validate', project.components], {}, scratch.path);
    expect(code).toBe(0);
  });
});

describe('what starts a system, of a project outside of this repository', () => {
  const shop = projectOutside(scratch.path);
  const reports = join(shop, 'reports');
  const passed = ['conformance', 'crud-events', 'delivery', 'order'].map((name) => `life-of-an-order checker:${name}`);
  const manifest = () => JSON.parse(readFileSync(join(reports, 'latest', 'manifest.json'), 'utf8')) as Manifest;
  const standing = [
    ['a folder in it', join(shop, 'contracts', 'events'), []],
    ['elsewhere, with --project', scratch.path, ['--project', shop]],
  ] as const;

  it.each(standing)('verify passes from %s', async (_where, cwd, named) => {
    const { code, stderr } = await plumbline(['verify', '--seed', '7', ...named], {}, cwd);
    expect([code, stderr]).toEqual([0, expect.stringContaining('the canary went round')]);
    expect(claims(findingsOf(reports), 'pass')).toEqual(expect.arrayContaining(passed));
    expect(manifest()).toMatchObject({ repeat: 'npx plumbline verify --seed 7', commit: 'unknown' });
  });

  it.each(standing)('run passes from %s, and so does the line that it prints', async (_where, cwd, named) => {
    // A file is named from where the command is called; the line is for the root.
    const file = join(shop, 'tests/contracts/life-of-an-order.check.ts');
    const { code, stderr } = await plumbline(
      ['run', file, '--seed', '7', '--system', join(shop, 'system.yaml'), ...named],
      {},
      cwd,
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('the canary went round')]);
    const { repeat, run } = manifest();
    expect(repeat).toBe('npx plumbline run tests/contracts/life-of-an-order.check.ts --system system.yaml --seed 7');
    const again = await new Promise<string | number>((done) => {
      execFile('sh', ['-c', repeat], { cwd: shop }, (error) => done(error?.code ?? 0));
    });
    expect(again).toBe(0);
    expect(manifest()).toMatchObject({ repeat, seed: 7, experiments: ['life-of-an-order'] });
    expect(manifest().run).not.toBe(run);
  });

  it.each(standing)('up is up from %s, and Ctrl-C ends it', async (_where, cwd, named) => {
    const up = start(['up', ...named], {}, cwd);
    await up.said('the canary went round: the stack is ready');
    const answer = await fetch('http://127.0.0.1:7001/alive');
    up.child.kill('SIGINT');
    const { code, stdout } = await up.ended;
    expect([answer.status, code, stdout]).toEqual([200, 130, expect.stringMatching(/^ {2}shop +http:\/\/127\.0\.0\.1:7001 /m)]);
    await expect(fetch('http://127.0.0.1:7001/alive')).rejects.toThrow();
  });
});
