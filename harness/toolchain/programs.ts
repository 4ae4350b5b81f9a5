/** Programs that tools are made with or run on. They are never installed for you, only asked for by name. */
import { ask } from './command.ts';
import { onPath } from './places.ts';
import { atLeast } from './wanted.ts';

export type ProgramName = 'go' | 'java' | 'mvn' | 'npm' | 'python3' | 'apt-get';

export interface Program {
  readonly label: string;
  readonly versionArgs: readonly string[];
  readonly pattern: RegExp;
  readonly least: string;
  readonly fix: string;
}

export const programs: Readonly<Record<ProgramName, Program>> = {
  go: {
    label: 'Go',
    versionArgs: ['version'],
    pattern: /go(\d+(?:\.\d+)+)/,
    least: '1.26',
    fix: 'Install Go >= 1.26 (https://go.dev/dl)',
  },
  java: {
    label: 'Java',
    versionArgs: ['-version'],
    pattern: /version "(\d[\d.]*)/,
    least: '17',
    fix: 'Install a JDK or JRE >= 17 (Debian, Ubuntu: openjdk-17-jre-headless; Homebrew: openjdk)',
  },
  mvn: {
    label: 'Maven',
    versionArgs: ['--version'],
    pattern: /Maven (\d[\d.]*)/,
    least: '3.8',
    fix: 'Install Maven >= 3.8 (Debian, Ubuntu, Homebrew: the package is called maven)',
  },
  npm: {
    label: 'npm',
    versionArgs: ['--version'],
    pattern: /^(\d[\d.]*)/m,
    least: '10',
    fix: 'Install Node with npm >= 10, then run npm ci',
  },
  python3: {
    label: 'Python',
    versionArgs: ['--version'],
    pattern: /Python (\d[\d.]*)/,
    least: '3.8',
    fix: 'Install Python >= 3.8 with pip',
  },
  'apt-get': {
    label: 'apt',
    versionArgs: ['--version'],
    pattern: /apt (\d[\d.]*)/,
    least: '1',
    fix: 'Only on Debian and its children',
  },
};

export type ProgramCheck =
  { readonly ok: true; readonly version: string; readonly path: string } | { readonly ok: false; readonly because: string };

export async function checkProgram(name: ProgramName, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<ProgramCheck> {
  const program = programs[name];
  const path = onPath(name, env)[0];
  if (path === undefined) return { ok: false, because: `${name} not found` };
  try {
    const version = program.pattern.exec(await ask(path, program.versionArgs, { env, signal }))?.[1];
    if (version === undefined) return { ok: false, because: `${path} does not tell its version` };
    if (!atLeast(version, program.least)) return { ok: false, because: `${name} ${version} is too old (${path})` };
    return { ok: true, version, path };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, because: `${path} does not run: ${(error as Error).message}` };
  }
}
