import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkoutOf, isTracked } from '../../../harness/run/checkout.ts';
import { inputsOf } from '../../../harness/run/inputs.ts';
import { limitsOf } from '../../../harness/run/limits.ts';
import { manifestOf } from '../../../harness/run/manifest.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plumbline-manifest-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (files: Readonly<Record<string, string>>) => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};
const sha = (content: string) => createHash('sha256').update(content).digest('hex');
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, encoding: 'utf8' }).trim();
const committed = () => {
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  return git('rev-parse', 'HEAD');
};

describe('limits of a container', () => {
  const own = (cgroup: string, list = '0-7') => ({
    'proc/self/cgroup': cgroup,
    'proc/self/status': `Name:\tnode\nCpus_allowed_list:\t${list}\n`,
  });
  test.each<[string, Record<string, string>, object]>([
    [
      'version 2',
      { ...own('0::/\n'), 'sys/fs/cgroup/cpu.max': '150000 100000\n', 'sys/fs/cgroup/memory.max': '1073741824\n' },
      { cpuLimit: 1.5, memoryLimitMiB: 1024 },
    ],
    [
      'version 2, no limit',
      { ...own('0::/a\n'), 'sys/fs/cgroup/a/cpu.max': 'max 100000\n', 'sys/fs/cgroup/a/memory.max': 'max\n' },
      {},
    ],
    [
      'version 2, the group above is tighter',
      {
        ...own('0::/pod/one\n'),
        'sys/fs/cgroup/pod/one/cpu.max': '400000 100000\n',
        'sys/fs/cgroup/pod/cpu.max': '200000 100000\n',
      },
      { cpuLimit: 2 },
    ],
    [
      'version 1, as seen from within',
      {
        ...own('4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n'),
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912\n',
      },
      { cpuLimit: 0.5, memoryLimitMiB: 512 },
    ],
    [
      'version 1, no limit',
      {
        ...own('1:cpu:/\n4:memory:/\n'),
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      },
      {},
    ],
    ['some cores only', own('0::/\n', '0-1,6'), { cpuLimit: 3 }],
    ['more than there is is no limit', { ...own('0::/\n'), 'sys/fs/cgroup/cpu.max': '1600000 100000\n' }, {}],
    ['a way out of the groups leads nowhere', { ...own('0::/../..\n'), 'cpu.max': '100000 100000' }, {}],
    ['no such files', {}, {}],
  ])('%s', (_, files, limits) => {
    put(files);
    expect(limitsOf(root, 8)).toEqual(limits);
  });
});

describe('checkout', () => {
  test('clean, changed, and changed otherwise', () => {
    put({ 'a.txt': 'one\n' });
    const commit = committed();
    expect(checkoutOf(root)).toEqual({ commit, dirty: false });
    put({ 'a.txt': 'two\n' });
    const first = checkoutOf(root);
    expect(first).toEqual({ commit, dirty: true, diffSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    // However git is told to show it, it is the same change; of a folder in it, too.
    for (const [name, value] of [
      ['diff.noprefix', 'true'],
      ['color.ui', 'always'],
      ['diff.algorithm', 'patience'],
      ['diff.context', '9'],
      ['diff.external', 'false'],
      ['diff.relative', 'true'],
    ])
      git('config', String(name), String(value));
    mkdirSync(join(root, 'within'));
    expect(checkoutOf(root)).toEqual(first);
    expect(checkoutOf(join(root, 'within'))).toEqual(first);
    put({ 'a.txt': 'three\n' });
    expect(checkoutOf(root)?.diffSha256).not.toBe(first?.diffSha256);
    put({ 'a.txt': 'one\n' });
    expect(checkoutOf(root)).toEqual({ commit, dirty: false });
  });

  test('a staged change is a change, a binary one too', () => {
    put({ image: '\0a' });
    committed();
    put({ image: '\0b' });
    const unstaged = checkoutOf(root)?.diffSha256;
    git('add', '-A');
    expect(checkoutOf(root)?.diffSha256).toBe(unstaged);
    put({ image: '\0c' });
    expect(checkoutOf(root)?.diffSha256).not.toBe(unstaged);
  });

  test('no repository, or nothing in it', () => {
    expect(checkoutOf(root)).toBeUndefined();
    git('init', '-q');
    expect(checkoutOf(root)).toBeUndefined();
  });

  test('an installed package is none of the repository it lies in', () => {
    put({ 'package.json': '{}', '.gitignore': 'node_modules\n', 'node_modules/plumbline/package.json': '{}' });
    committed();
    expect(isTracked(root, 'package.json')).toBe(true);
    expect(isTracked(join(root, 'node_modules/plumbline'), 'package.json')).toBe(false);
  });
});

const project = () => {
  const files = {
    'impl/system.yaml': 'system: x\n',
    'components/local/bus.yaml': 'kind: Component\n',
    'components/local/notes.txt': 'none of it',
    'components/local/configuration.yaml': 'kind: Configuration\n',
    'package-lock.json': '{}\n',
  };
  put(files);
  const facts = {
    root,
    systemFile: join(root, 'impl/system.yaml'),
    components: join(root, 'components/local'),
    configuration: join(root, 'components/local/configuration.yaml'),
  };
  return { files, facts };
};

test('inputs: system, components and packages, by digest, and no line for what is not there', () => {
  const { files, facts } = project();
  const { 'components/local/notes.txt': _, ...inputs } = files;
  expect(inputsOf(facts)).toEqual(Object.fromEntries(Object.entries(inputs).map(([name, content]) => [name, sha(content)])));
  expect(Object.keys(inputsOf(facts))).toEqual(Object.keys(inputsOf(facts)).toSorted());
  rmSync(join(root, 'package-lock.json'));
  put({ 'components/local/bus.yaml': 'kind: Component # changed\n' });
  const after = inputsOf(facts);
  expect(after).not.toHaveProperty(['package-lock.json']);
  expect(after['components/local/bus.yaml']).not.toBe(sha(files['components/local/bus.yaml']));
});

test('the manifest tells the judged project and the harness apart', () => {
  const { facts, files } = project();
  const commit = committed();
  put({ 'impl/system.yaml': 'system: y\n' });
  const { systemFile, components, configuration } = facts;
  const manifest = manifestOf({
    root,
    project: { systemFile },
    system: { components, configuration },
    run: 'one',
    command: 'verify',
    seed: 1,
    startedAt: new Date(0),
    experiments: [],
    stager: { name: 'local', settings: {} },
    stages: {},
    tools: [],
  });
  expect(manifest).toMatchObject({ commit, dirty: true, diffSha256: checkoutOf(root)?.diffSha256 });
  expect(manifest.inputs?.['impl/system.yaml']).toBe(sha('system: y\n'));
  expect(manifest.inputs?.['package-lock.json']).toBe(sha(files['package-lock.json']));
  expect(manifest.harness?.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(manifest.harness?.commit).not.toBe(commit);
});
