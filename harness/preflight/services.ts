/** What can be wrong with the commands of services and the names of parts, before any of them is started. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { System } from '../project/system.ts';
import type { LineOf } from './lines.ts';

/** Files that some program is told to run. */
const script = /\.(?:[cm]?[jt]sx?|py|rb|php|sh|jar|dll)$/;

export function complaintsAboutCommands({ folder, services }: System, at: LineOf): string[] {
  return Object.entries(services).flatMap(([name, { command, env }]) => {
    const [program = '', ...args] = command;
    const say = (sentence: string) => `${at(['services', name, 'command'])}: services.${name}.command: ${sentence}`;
    if (program.includes('/')) {
      if (!isExecutable(resolve(folder, program)))
        return [say(`${program} is no file that can be executed, seen from ${folder}`)];
    } else if (program !== 'node' && !onPath(program, env['PATH'] ?? process.env['PATH'] ?? ''))
      return [say(`${program} is not on PATH; install it, or name it with its path`)];
    const file = scriptIn(args);
    return file !== undefined && !isFile(resolve(folder, file)) ? [say(`there is no file ${file} in ${folder}`)] : [];
  });
}

/** What is run when nothing stands before it that might want a word of its own: `--import x main.js` may be read in two ways. */
function scriptIn(args: readonly string[]): string | undefined {
  const first = args.find((word) => !/^--[\w-]+=/.test(word));
  return first !== undefined && !first.startsWith('-') && script.test(first) ? first : undefined;
}

/** Faults, logs and addresses go by name, so that of two parts with one name nobody could say which is meant. */
export function complaintsAboutParts(parts: readonly string[], services: readonly string[], at: LineOf): string[] {
  const twice = new Set(parts.filter((part, n) => parts.indexOf(part) < n));
  return [...twice].map((part) => {
    const guilty = services.filter((name) => part === name || part.startsWith(`${name}-`)).sort((a, b) => b.length - a.length)[0];
    return `${at(['services', guilty ?? ''])}: two parts would be called ${part}; call the service ${guilty ?? part} otherwise`;
  });
}

const onPath = (program: string, path: string): boolean =>
  path.split(delimiter).some((folder) => folder !== '' && isExecutable(join(folder, program)));

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
