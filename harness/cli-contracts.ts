/** The commands that start nothing: contracts, can-i-deploy, components, manifests. */
import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { ContractFinding } from './contract/finding.ts';
import { findProject, openProject, type Wanted } from './project/project.ts';

const sarifHelp = 'also write the findings as SARIF';
type Done = (exitCode: number) => void;
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** `wanted` tells, when a command runs, where it was called and which project was named. */
export function contractCommands(program: Command, wanted: () => Wanted, done: Done): void {
  const project = () => openProject(wanted());
  const root = () => findProject(wanted())?.root ?? process.cwd();
  const systemOf = async (file: string) => (await import('./project/system.ts')).readSystem(file);
  const apps = async (folder: string) => {
    const found = findProject(wanted());
    if (!found || relative(found.root, resolve(folder)).startsWith('..')) return {};
    return { known: Object.keys((await systemOf(found.systemFile)).services) };
  };
  const contracts = program.command('contracts').description('what contracts promise, checked without starting anything');
  contracts
    .command('check')
    .description('schemas, documents, pacts, components, manifests, requirements: the first part of verify')
    .option('--sarif <file>', 'also write the findings as SARIF, for annotations in a change', file)
    .action(async (flags: { sarif?: string }) => {
      const { runContractsCheck } = await import('./check.ts');
      const here = project();
      done(await runContractsCheck({ ...flags, project: here, system: await systemOf(here.systemFile) }, say));
    });
  contracts
    .command('diff')
    .description('is the new JSON Schema compatible with the old one? 0 yes, 1 breaking')
    .argument('<old.json>')
    .argument('<new.json>')
    .option('--mode <mode>', 'backward, forward or full', oneOf(['backward', 'forward', 'full']), 'full')
    .option('--sarif <file>', sarifHelp, file)
    .action(async (old: string, next: string, { mode, sarif }: { mode: 'backward' | 'forward' | 'full'; sarif?: string }) => {
      const { runDiff } = await import('./contract/schema/diff.ts');
      done(await runDiff({ old, new: next, mode, ...(await hearing(sarif, root())) }, say));
    });
  contracts
    .command('freeze')
    .description('keeps the schemas of a release listed in contracts/releases/releases.json, with their digests')
    .argument('<release>', 'e.g. 1.3')
    .action(async (release: string) => {
      const { freezeRelease, readReleases } = await import('./contract/schema/releases.ts');
      const { orMisuse } = await import('./contract/schema/diff.ts');
      done(
        orMisuse(say, () => {
          const added = freezeRelease(readReleases(join(project().contracts, 'releases')), release);
          say(added.length > 0 ? `frozen: ${added.join(', ')}` : `release ${release} is frozen already; nothing changed`);
          return 0;
        }),
      );
    });
  contracts
    .command('page')
    .description('OpenAPI and AsyncAPI as one page to browse')
    .option('--out <file>', "where to write it; default: the project's reports/contracts.html", file)
    .action(async ({ out }: { out?: string }) => {
      const { runContractsPage } = await import('./report/contract-page/page.ts');
      const { apisOf } = await import('./check.ts');
      const { contracts, reports, systemFile } = project();
      const apis = apisOf(await systemOf(systemFile));
      done(await runContractsPage({ contracts, apis, out: out ?? join(reports, 'contracts.html') }, say));
    });
  contracts
    .command('requirements')
    .description('prints contracts/REQUIREMENTS.md again from contracts/requirements.yaml')
    .action(async () => {
      const { runRequirementTable } = await import('./report/requirement-table.ts');
      done(await runRequirementTable({ write: true, root: project().root }, say));
    });
  program
    .command('can-i-deploy')
    .description('may this release of a service run beside those of the others? 0 yes, 1 no and why')
    .argument('<service@version>', 'e.g. api@1.2', deployed)
    .option('--with <service@version...>', 'what runs beside it', others, {})
    .option('--sarif <file>', sarifHelp, file)
    .action(async (what: Deployed, flags: { with: Record<string, string>; sarif?: string }) => {
      const { runCanIDeploy } = await import('./contract/schema/can-i-deploy.ts');
      const folder = join(project().contracts, 'releases');
      done(await runCanIDeploy({ ...what, folder, with: flags.with, ...(await hearing(flags.sarif, root())) }, say));
    });
  program
    .command('components')
    .description("Dapr resources of any project, checked against Dapr's own definitions")
    .command('validate')
    .argument('[folder]', "default: the project's components/")
    .option('--apps <apps>', 'the app-ids there are, e.g. cart,checkout; scopes may name no other', commas)
    .option('--boot', 'also start a daprd for each app and look whether it loads them')
    .option('--sarif <file>', sarifHelp, file)
    .action(async (given: string | undefined, flags: { apps?: string[]; boot?: boolean; sarif?: string }) => {
      const { runComponentsValidate, validateComponents } = await import('./contract/resource/resources.ts');
      const { sarif, boot, ...named } = flags;
      // The addresses of other places exist elsewhere, so only what runs here can be booted here.
      const own = async () => (boot ? (await systemOf(project().systemFile)).components : project().components);
      const folder = given ?? (await own());
      const how = { ...named, ...(await apps(folder)) };
      const booting = boot ? { boot: (await import('./boot.ts')).booting() } : {};
      const code = await runComponentsValidate({ folder, ...how, ...booting }, say);
      done(code);
      if (sarif && code !== 3) (await import('./check.ts')).writeSarif(validateComponents(folder, how), sarif, root());
    });
  program
    .command('manifests')
    .description('Kubernetes manifests with Dapr sidecars')
    .command('validate')
    .argument('[folder]', "default: the project's k8s/base")
    .option('--sarif <file>', sarifHelp, file)
    .action(async (given: string | undefined, { sarif }: { sarif?: string }) => {
      const { runManifestsValidate, validateManifests } = await import('./contract/manifest/manifests.ts');
      const folder = given ?? project().manifests;
      const code = await runManifestsValidate({ folder }, say);
      done(code);
      if (sarif && code !== 3) (await import('./check.ts')).writeSarif(validateManifests(folder), sarif, root());
    });
}

const hearing = async (sarif: string | undefined, root: string) => {
  if (sarif === undefined) return {};
  const { writeSarif } = await import('./check.ts');
  return { heard: (findings: readonly ContractFinding[]) => writeSarif(findings, sarif, root) };
};

interface Deployed {
  readonly service: string;
  readonly version: string;
}

function deployed(text: string): Deployed {
  const [, service, version] = /^([a-z][a-z0-9-]*)@(\S+)$/.exec(text) ?? [];
  if (service === undefined || version === undefined)
    throw new InvalidArgumentError('Write it as service@version, e.g. api@1.2.');
  return { service, version };
}

const others = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const { service, version } = deployed(text);
  return { ...before, [service]: version };
};

/** A file that is to be written, with those who lead to it there or to be made. */
const file = (text: string) => {
  if (text === '' || statSync(text, { throwIfNoEntry: false })?.isDirectory()) throw new InvalidArgumentError('Name a file.');
  return text;
};

const commas = (text: string) => text.split(',').filter(Boolean);

const oneOf = (words: readonly string[]) => (text: string) => {
  if (!words.includes(text)) throw new InvalidArgumentError(`It is one of ${words.join(', ')}.`);
  return text;
};
