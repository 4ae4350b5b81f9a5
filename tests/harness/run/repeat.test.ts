/** The printed line, given to a shell, is the same run: whatever the folders are called, and wherever it was asked for. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { commandOf, quoted, repeatOf } from '../../../harness/run/repeat.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** What `npx` and `npm` are told, one word a line, and where: they stand in for the real ones. */
const programs = join(scratch.path, 'programs');
mkdirSync(programs);
for (const name of ['npx', 'npm']) {
  writeFileSync(join(programs, name), `#!/bin/sh\nfor word in ${name} "$PWD" "$@"; do printf '%s\\n' "$word"; done\n`);
  chmodSync(join(programs, name), 0o755);
}
const shell = (line: string, cwd: string): string[] =>
  execFileSync('sh', ['-c', line], {
    cwd,
    encoding: 'utf8',
    env: { PATH: `${programs}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trimEnd()
    .split('\n');

function git(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t.example'];
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function repository(name: string, ...files: readonly string[]): { readonly top: string; readonly commit: string } {
  const top = join(scratch.path, name);
  for (const file of files) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), '');
  }
  git(top, 'init', '-q');
  git(top, 'add', '.');
  git(top, 'commit', '-qm', 'all');
  return { top, commit: git(top, 'rev-parse', 'HEAD') };
}

const odd = 'it\'s a "pro ject" $(x)';

describe('the line that repeats a run', () => {
  const { top, commit } = repository('outer repo', 'package-lock.json', `${odd}/system.yaml`, 'deep/down/x');
  const root = join(top, odd);
  const line = (from: string, names: readonly string[], system?: string) => {
    const command = commandOf({ names, from, root, system, replicas: new Map([['shop', 3]]) });
    return repeatOf({ command, seed: 7, root, commit, top });
  };

  it.each([
    ['the root of the project', root],
    ['the root of the repository', top],
    ['a folder of it', join(top, 'deep', 'down')],
  ])('means the project when it is given to a shell in %s', (_where, standing) => {
    const names = ['probe', join(odd, 'load', "o'ne.load.ts"), 'elsewhere/-x.load.ts'];
    const said = shell(line(top, names, join(odd, 'other system.yaml')), standing);
    expect(said).toEqual([
      ...['npm', root, 'ci'],
      ...['npx', root, 'plumbline', 'run', 'probe', "load/o'ne.load.ts", '../elsewhere/-x.load.ts'],
      ...['--system', 'other system.yaml', '--replicas', 'shop=3', '--seed', '7'],
    ]);
  });

  it('is the same wherever it was asked for', () => {
    expect(line(top, [`${odd}/a.load.ts`], `${odd}/o.yaml`)).toBe(line(root, ['a.load.ts'], 'o.yaml'));
    expect(line('/', [join(root, 'a.load.ts')], join(root, 'o.yaml'))).toBe(line(root, ['a.load.ts'], 'o.yaml'));
  });

  it('of a project that is a repository is short', () => {
    const command = commandOf({ names: 'verify', from: '/', root: top, replicas: new Map() });
    expect(repeatOf({ command, seed: 7, root: top, commit, top })).toBe(
      `git checkout ${commit.slice(0, 12)} && npm ci && npx plumbline verify --seed 7`,
    );
  });

  it('checks nothing out and installs nothing where there is neither a repository nor a lock file', () => {
    const own = join(scratch.path, 'alone');
    mkdirSync(own);
    const command = commandOf({ names: ['probe'], from: own, root: own, replicas: new Map() });
    expect(repeatOf({ command, seed: 7, root: own, commit: undefined, top: undefined })).toBe('npx plumbline run probe --seed 7');
  });
});

it.each(['plain/a-b_c.ts', '', ' ', "'", '"', '$HOME', '`x`', 'a\\b', 'a;b', 'é', '*', '~', '#', '!x', 'a\nb'])(
  'a shell reads %j as the one word that it is',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word);
  },
);
