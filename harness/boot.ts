/** Proof three, boot: a real daprd, once for each app, lists every component that this app may see as loaded. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { daprd } from './process/daprd.ts';
import { claimFolder } from './process/folder.ts';
import { httpGet } from './process/http-probe.ts';
import { claimPorts } from './process/ports.ts';
import { openScope, type Scope } from './process/scope.ts';
import { until } from './process/until.ts';
import type { Tool } from './toolchain/tool.ts';
import { toolchain } from './toolchain/toolchain.ts';
import { itemsOf, specOf } from './contract/resource/metadata.ts';
import { type Resource, type ResourceFolder, readResources } from './contract/resource/files.ts';

export interface Booted {
  readonly component: string;
  readonly app: string;
  /** `not booted` is neither good nor bad: this daprd, or this machine, can't tell. */
  readonly outcome: 'loaded' | 'failed' | 'not booted';
  readonly because?: string;
}

/** `env` is what `envRef` and `${}` need: where the broker and the store are that this folder means. daprd gets nothing else. */
export async function bootProof(folder: string, env: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Booted[]> {
  const here = readResources(resolve(folder)).find(({ path }) => path === resolve(folder));
  const resources = here?.resources ?? [];
  const components = resources.filter(({ kind }) => kind === 'Component');
  if (components.length === 0) return [];
  const { daprd: tool } = await toolchain(['daprd'], { progress: () => {}, signal: signal ?? new AbortController().signal });
  const booted: Booted[] = [];
  // One after the other: each connects to every broker and store at its start.
  for (const app of appsIn(components)) {
    await using scope = openScope({ title: `boot ${app}`, ...(signal && { signal }) });
    booted.push(...(await bootFor(app, resources, { scope, tool, env })));
  }
  return booted;
}

export interface BootAround {
  /** Where `envRef` and `${}` are looked up; what the folder does not name never reaches daprd. Without it: the environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Exit code: 0 what could be booted loads, 1 something failed, 3 nothing could be booted. */
export const booting =
  ({ env: around = process.env, signal }: BootAround = {}) =>
  async (folders: readonly ResourceFolder[], say: (text: string) => void): Promise<number> => {
    const count = { loaded: 0, failed: 0, 'not booted': 0 };
    for (const { path, resources } of folders) {
      const env: Record<string, string> = {};
      for (const name of resources.flatMap(variablesOf)) if (around[name] !== undefined) env[name] = around[name];
      for (const { component, app, outcome, because } of await bootProof(path, env, signal)) {
        count[outcome]++;
        say(`${component} for ${app}: ${outcome}${because ? ` (${because})` : ''}`);
      }
    }
    say(`booted: ${count.loaded} loaded, ${count.failed} failed, ${count['not booted']} not booted, which is not a pass`);
    if (count.failed > 0) return 1;
    if (count.loaded > 0) return 0;
    say(
      'nothing was booted, so nothing is proved. Try: npm start in another terminal, and its addresses in the variables named above',
    );
    return 3;
  };

const scopesOf = ({ value }: Resource) => (Array.isArray(value['scopes']) ? (value['scopes'] as unknown[]).map(String) : []);

/** Without any scope, every app sees everything, so one will do. */
function appsIn(components: readonly Resource[]): string[] {
  const apps = [...new Set(components.flatMap(scopesOf))].sort();
  return apps.length > 0 ? apps : ['plumbline'];
}

interface Stage {
  readonly scope: Scope;
  readonly tool: Tool;
  readonly env: Readonly<Record<string, string>>;
}

async function bootFor(app: string, resources: readonly Resource[], stage: Stage): Promise<Booted[]> {
  const seen = resources.filter((one) => isSeenBy(one, app));
  const left = new Map<Resource, string>();
  for (const one of resources) {
    const unset = variablesOf(one).filter((name) => stage.env[name] === undefined);
    if (unset.length > 0) left.set(one, `${unset.join(' and ')} not set`);
    else if (needsKubernetes(one)) left.set(one, 'its secrets are in Kubernetes');
  }
  // A daprd ends at the first type it was not built with, and names it: without that component, it goes on to the next.
  for (;;) {
    const laid = resources.filter((one) => !left.has(one));
    const tried = laid.filter((one) => seen.includes(one));
    const { loaded, error, log }: Attempt = tried.length > 0 ? await start(app, laid, tried, stage) : { loaded: [] };
    const unknown = tried.find((one) => new RegExp(`couldn't find [a-z ]+ ${literally(specOf(one).type)}/`, 'i').test(log ?? ''));
    if (unknown === undefined) return seen.map((one) => ({ component: String(one.name), app, ...outcome(one) }));
    left.set(unknown, `this daprd was built without ${String(specOf(unknown).type)}`);

    function outcome(one: Resource): Pick<Booted, 'outcome' | 'because'> {
      const because = left.get(one);
      if (because !== undefined) return { outcome: 'not booted', because };
      if (loaded.includes(String(one.name))) return { outcome: 'loaded' };
      return { outcome: 'failed', because: error ?? 'daprd runs and does not list it' };
    }
  }
}

const isSeenBy = (one: Resource, app: string) =>
  one.kind === 'Component' && (scopesOf(one).length === 0 || scopesOf(one).includes(app));
const literally = (type: unknown) => String(type).replaceAll('.', '\\.');

/** What daprd would read from its environment: a component by envRef, a configuration wherever it says `${NAME}`. */
function variablesOf(one: Resource): string[] {
  if (one.kind === 'Component') return itemsOf(one).flatMap(({ envRef }) => (envRef === undefined ? [] : [envRef]));
  if (one.kind !== 'Configuration') return [];
  return [...new Set([...JSON.stringify(one.value).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string))];
}

const needsKubernetes = (one: Resource) =>
  (one.value['auth'] as { secretStore?: string } | undefined)?.secretStore === 'kubernetes' &&
  itemsOf(one).some(({ secretKeyRef }) => secretKeyRef);

interface Attempt {
  readonly loaded: readonly string[];
  readonly error?: string;
  readonly log?: string;
}

async function listed(url: string, signal: AbortSignal): Promise<string[]> {
  const { body } = await httpGet(`${url}/v1.0/metadata`, signal);
  const { components = [] } = JSON.parse(body) as { components?: { name: string }[] };
  return components.map(({ name }) => name);
}

async function start(
  app: string,
  resources: readonly Resource[],
  tried: readonly Resource[],
  { scope, tool, env }: Stage,
): Promise<Attempt> {
  await using attempt = scope.child(`daprd for ${app}`);
  const folder = claimFolder(attempt, { name: 'boot' });
  const resourcesPath = join(folder, 'resources');
  mkdirSync(resourcesPath);
  lay(resources, resourcesPath);
  const [appPort] = (await claimPorts(attempt, 1)) as [number];
  // Left out when a variable it needs is not set: components load without it.
  const configuration = resources.find(({ kind }) => kind === 'Configuration');
  const title = `${app}-sidecar`;
  let loaded: readonly string[] = [];
  try {
    const sidecar = await attempt.use(
      // Nobody listens at the app's port: components load before daprd looks for the app.
      daprd({
        title,
        folder,
        tool,
        appId: app,
        appPort,
        resourcesPath,
        env,
        ...(configuration && { configPath: resolve(configuration.file) }),
      }),
    );
    // daprd may answer a moment before it gives a component up, and then ends: neither of the two is waited for in vain.
    await until(
      `${title}: every component loaded`,
      async (over) => {
        loaded = await listed(sidecar.url, over);
        return tried.every(({ name }) => loaded.includes(String(name))) ? true : undefined;
      },
      { everyMs: 50, giveUpMs: 15_000, unless: sidecar.exited, signal: attempt.signal },
    );
    return { loaded };
  } catch (error) {
    attempt.signal.throwIfAborted();
    return { loaded, error: fatal(folder, title) ?? (error as Error).message, log: logOf(folder, title) };
  }
}

/** The files as they are, so that daprd parses what the author wrote; only a file that lost a document is written anew. */
function lay(resources: readonly Resource[], into: string): void {
  for (const [file, kept] of Map.groupBy(resources, (one) => one.file)) {
    const target = join(into, basename(file));
    if (kept.length === kept[0]?.siblings) copyFileSync(file, target);
    else writeFileSync(target, kept.map(({ value }) => stringify(value)).join('---\n'));
  }
}

function logOf(folder: string, title: string): string {
  try {
    return readFileSync(join(folder, 'logs', `${title}.log`), 'utf8');
  } catch {
    return '';
  }
}

/** daprd's own last word, out of its JSON lines. */
function fatal(folder: string, title: string): string | undefined {
  const lines = logOf(folder, title)
    .split('\n')
    .filter((line) => /"level":"(?:fatal|error)"/.test(line));
  return /"msg":"((?:[^"\\]|\\.)*)"/.exec(lines.at(-1) ?? '')?.[1];
}
