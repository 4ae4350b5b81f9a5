#!/usr/bin/env node
/** doctor | up | verify | run | judge | list, and what cli-contracts.ts adds: parse, call, exit code. */
import './no-maglev.ts';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { contractCommands } from './cli-contracts.ts';
import { claimReports, openProject, findProject, type Project } from './project/project.ts';
import type { Progress } from './toolchain/tool.ts';
import { hearUncaught } from './uncaught.ts';

const startedAt = performance.now();
const say = (text: string) =>
  void process.stderr.write(`[${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s] ${text}\n`);

/** What nobody owns: nothing of ours runs then, and 1 would mean that the system broke a promise. */
const heard = hearUncaught((error) => {
  say(`the harness broke: ${error.message}`);
  if (process.env.PLUMBLINE_TRACE) say(String(error.stack));
  process.exit(3);
});

const controller = new AbortController();
/** Ctrl-C once: heal, stop, judge what was seen. Twice: end now; the watchdog ends what still runs. */
function interruption(): AbortSignal {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      say(`${name}: healing and stopping everything; once more ends at once`);
      controller.abort(new Error('INTERRUPTED'));
    });
  }
  return controller.signal;
}

const integer = (text: string): number => {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 4_294_967_295)) throw new InvalidArgumentError('A whole number from 0 to 4294967295 is needed.');
  return value;
};

const something = (text: string): string => {
  if (text === '') throw new InvalidArgumentError('Name one.');
  return text;
};

interface Flags {
  readonly seed?: number;
  readonly reports?: string;
  readonly system?: string;
  readonly replicas: ReadonlyMap<string, number>;
}

const wanted = ({ system, reports }: Partial<Flags> = {}) => ({
  from: process.cwd(),
  project: program.opts<{ project?: string }>().project,
  system,
  reports,
});
const projectOf = (flags?: Partial<Flags>): Project => openProject(wanted(flags));

/** As reports name it: from the root of the project, wherever the command is called. */
function folderOfRun(named: string): string {
  const places = [resolve(named), resolve(findProject(wanted())?.root ?? '.', named)];
  return places.find((each) => existsSync(each)) ?? resolve(named);
}

const noReplicas: ReadonlyMap<string, number> = new Map();
function replicas(text: string, before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const [, name, count] = /^([a-z][a-z0-9-]*)=(\d{1,3})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Write it as service=number, e.g. api=3.');
  return new Map([...before, [name, Number(count)]]);
}

/** Of the project that this folder is in; tools are made for somebody without one, or with a broken one, too. */
async function componentTypes(): Promise<readonly string[]> {
  const { componentTypesOf } = await import('./project/component-types.ts');
  const { readSystem } = await import('./project/system.ts');
  const project = findProject(wanted());
  if (!project) return [];
  try {
    return componentTypesOf(readSystem(project.systemFile));
  } catch (error) {
    say(`without the components of ${project.root}, which nobody can tell: ${(error as Error).message}`);
    return [];
  }
}

async function systemOf(project: Project, flags: Flags) {
  const { readSystem, withReplicas } = await import('./project/system.ts');
  return withReplicas(readSystem(project.systemFile), flags.replicas);
}

async function runNamed(names: readonly string[] | 'verify', flags: Flags): Promise<number> {
  const signal = interruption();
  const project = projectOf(flags);
  claimReports(project);
  const { commandOf } = await import('./run/repeat.ts');
  const { catalogue, select } = await import('./catalogue.ts');
  const { run } = await import('./run/run.ts');
  const { stagerFor } = await import('./stage/stagers.ts');
  const experiments =
    names === 'verify' ? (await catalogue(project)).filter(({ suite }) => suite === 'verify') : await select(names, project);
  const seed = flags.seed ?? Math.floor(Math.random() * 4_294_967_296);
  const command = commandOf({ names, from: process.cwd(), root: project.root, system: flags.system, replicas: flags.replicas });
  const stager = stagerFor('local');
  return run({ experiments, project, system: await systemOf(project, flags), stager, command, seed, signal, say });
}

const program = new Command('plumbline')
  .description('Proves that an event-driven Dapr system keeps its promises.')
  .option('--project <folder>', 'the project to judge; default: the one that this folder is in', something)
  .addHelpText('after', '\nExit codes: 0 pass, 1 fail, 2 unsure, 3 the harness broke or was misused, 130 interrupted.')
  .showSuggestionAfterError()
  .exitOverride();
let exitCode = 0;

const withRunFlags = (command: Command) =>
  command
    .option('--seed <number>', 'repeats a run; printed by every run', integer)
    .option('--reports <folder>', "where run folders go; default: the project's reports/", something)
    .option('--system <file>', "the system under test; default: the project's", something)
    .option('--replicas <service=number>', 'how many of it run; may be given for several services', replicas, noReplicas);

withRunFlags(program.command('verify').description('run every experiment of the verify suite on real parts and judge')).action(
  async (flags: Flags) => {
    exitCode = await runNamed('verify', flags);
  },
);
withRunFlags(
  program.command('run').description('run experiments by name, or by the path of their file').argument('<experiment...>'),
).action(async (names: string[], flags: Flags) => {
  exitCode = await runNamed(names, flags);
});
program
  .command('list')
  .description('the experiments, and what each asks')
  .action(async () => {
    const { catalogue } = await import('./catalogue.ts');
    for (const { name, suite, asks } of await catalogue(projectOf()))
      process.stdout.write(`${name.padEnd(20)} ${suite.padEnd(7)} ${asks}\n`);
  });
program
  .command('judge')
  .description('recompute verdict and reports of a run folder from its sealed evidence alone')
  .argument('<folder>')
  .option('--expect <seal>', 'the seal its evidence must have, as a run printed it; the first 12 digits will do', something)
  .option('--out <folder>', "where the reports go, for a folder that nobody may write to; default: the run's own", something)
  .action(async (folder: string, { expect, out }: { expect?: string; out?: string }) => {
    const { judgeFolder } = await import('./judge.ts');
    const judged = await judgeFolder(folderOfRun(folder), {
      ...(expect !== undefined && { expect }),
      ...(out !== undefined && { out: resolve(out) }),
    });
    process.stdout.write(`${judged.table({ colour: process.stdout.isTTY })}\n`);
    exitCode = judged.exitCode;
  });
program
  .command('trial')
  .description('try the judge: commit one crime after the other in a copy of an innocent run, and see what it says of each')
  .argument('[folder]', "a run that passes; default: the project's reports/latest")
  .action(async (folder: string | undefined) => {
    const { tryTheJudge } = await import('./trial/command.ts');
    const project = projectOf();
    exitCode = await tryTheJudge({
      project,
      folder: folder === undefined ? join(project.reports, 'latest') : folderOfRun(folder),
      say,
    });
  });
program
  .command('up')
  .description("start the real stack on the specification's ports and keep it up until Ctrl-C")
  .option('--system <file>', "the system under test; default: the project's", something)
  .option('--replicas <service=number>', 'how many of it run; may be given for several services', replicas, noReplicas)
  .action(async (flags: Flags) => {
    const signal = interruption();
    const { up } = await import('./run/up.ts');
    const { stagerFor } = await import('./stage/stagers.ts');
    const project = projectOf(flags);
    exitCode = await up({ system: await systemOf(project, flags), stager: stagerFor('local'), signal, say });
  });
program
  .command('tools')
  .description('find, fetch or build the real parts, so that the next command starts at once')
  .action(async () => {
    const signal = interruption();
    const { recipesFor, toolchain, toolNames } = await import('./toolchain/toolchain.ts');
    const progress: Progress = ({ tool, text }) => say(`${tool}: ${text}`);
    const components = await componentTypes();
    const onlyFor = (name: (typeof toolNames)[number]) => recipesFor(components)[name].onlyFor;
    await toolchain(
      toolNames.filter((name) => onlyFor(name) === undefined),
      { signal, progress, components },
    );
    // By themselves and last: no run needs these, so a machine where none can be had is ready all the same.
    for (const name of toolNames.filter((one) => onlyFor(one) !== undefined)) {
      await toolchain([name], { signal, progress }).catch((error: Error) => {
        signal.throwIfAborted();
        say(`${name}: only ${onlyFor(name)} need it. ${error.message}`);
      });
    }
  });
program
  .command('doctor')
  .description('what was found, which version, what to do about what is missing')
  .action(async () => {
    const { doctor, renderDoctor } = await import('./doctor.ts');
    const { ok, rows } = await doctor({ components: await componentTypes() });
    process.stdout.write(`${renderDoctor(rows)}\n`);
    exitCode = ok ? 0 : 3;
  });

contractCommands(program, wanted, (code) => void (exitCode = code));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its sentence; --help and --version are no errors.
    exitCode = error.exitCode === 0 ? 0 : 3;
  } else {
    const interrupted = controller.signal.aborted;
    if (!interrupted) process.stderr.write(`plumbline: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env.PLUMBLINE_TRACE && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    exitCode = interrupted ? 130 : 3;
  }
}
// Where the answer could not be written down (a full disk), nobody has heard it.
process.exit(heard.unheard && exitCode !== 130 ? 3 : exitCode);
