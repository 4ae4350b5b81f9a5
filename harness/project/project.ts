/** Where am I: the project that is judged, found once by the command line and handed to everybody else. */
import { existsSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export interface Project {
  /** Absolute, as all paths here. */
  readonly root: string;
  /** What describes the system under test. */
  readonly systemFile: string;
  /** Schemas, documents, pacts, releases, SLOs, requirements. */
  readonly contracts: string;
  /** One folder of Dapr resources for each place the system runs at. */
  readonly components: string;
  /** Kubernetes manifests. */
  readonly manifests: string;
  /** Where experiments are, and how their files end; in the order in which they run. */
  readonly experiments: readonly ExperimentFolder[];
  /** Where the crimes are that the judge is tried with. */
  readonly crimes: ExperimentFolder;
  /** One folder for each run. */
  readonly reports: string;
}

export interface ExperimentFolder {
  readonly folder: string;
  readonly suffix: string;
}

export interface Wanted {
  /** Where the command was called. */
  readonly from: string;
  /** `--project`: the root itself, or anything in it. */
  readonly project?: string | undefined;
  /** `--system`: another implementation, judged by this project's contracts and experiments. */
  readonly system?: string | undefined;
  readonly reports?: string | undefined;
}

/** Where a root has its system file, most telling first. */
const places = ['plumbline/system.yaml', 'impl/system.yaml', 'system.yaml'] as const;
const rooms = new Set(places.map((place) => dirname(place)).filter((room) => room !== '.'));

/** The nearest folder, from `from` upwards, that has a system file. Undefined: this is nobody's project. */
export function findProject({ from, project, system, reports }: Wanted): Project | undefined {
  const start = resolve(from, project ?? '.');
  // A folder that is not there is nobody's: climbing from a mistyped one would find another project.
  if (project === '' || !existsSync(start)) return undefined;
  const found = rootAbove(start);
  if (found === undefined) return undefined;
  const { root, systemFile } = found;
  return {
    root,
    systemFile: system === undefined ? systemFile : resolve(from, system),
    contracts: join(root, 'contracts'),
    components: join(root, 'components'),
    manifests: join(root, 'k8s', 'base'),
    // Checks first, then load, then drills: a broken contract makes the rest meaningless, and a drill leaves a tired stack.
    experiments: [
      { folder: join(root, 'tests', 'contracts'), suffix: '.check.ts' },
      { folder: join(root, 'load'), suffix: '.load.ts' },
      { folder: join(root, 'chaos'), suffix: '.drill.ts' },
    ],
    crimes: { folder: join(root, 'tests', 'evidence', 'crimes'), suffix: '.crime.ts' },
    reports: reports === undefined ? join(root, 'reports') : resolve(from, reports),
  };
}

/** Throws NO_PROJECT, with what to do, where there is none. */
export function openProject(wanted: Wanted): Project {
  const found = findProject(wanted);
  if (found) return found;
  const { from, project } = wanted;
  const start = resolve(from, project ?? '.');
  if (!existsSync(start))
    throw new Error(`NO_PROJECT: --project ${project}: there is no such folder. Name a folder that has ${places.join(' or ')}`);
  throw new Error(
    `NO_PROJECT: neither ${start} nor a folder above it has ${places.join(' or ')}. Go there, or name it with --project <folder>`,
  );
}

/** Runs are written there; throws where nobody could. */
export function claimReports({ reports }: Pick<Project, 'reports'>): void {
  for (let folder = reports; ; folder = dirname(folder)) {
    const found = stat(folder);
    if (found?.isDirectory()) return;
    if (found)
      throw new Error(`REPORTS_INVALID: ${folder} is a file, and runs are folders. Name a folder with --reports <folder>`);
  }
}

function rootAbove(start: string): { readonly root: string; readonly systemFile: string } | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = isRoom(folder) ? undefined : systemFileOf(folder);
    if (file !== undefined) return { root: folder, systemFile: file };
    if (dirname(folder) === folder) return undefined;
  }
}

const systemFileOf = (root: string): string | undefined =>
  places.map((place) => join(root, place)).find((file) => isFile(file) && (dirname(file) === root || isRoom(dirname(file))));

/**
 * Whether this folder, which has a system.yaml, is only where the project above keeps it. One that is called `impl` or `plumbline` may as
 * well be a project: it is when contracts lie in it, and, where none lie beside it either, when anything else of a project does.
 */
function isRoom(folder: string): boolean {
  if (!rooms.has(basename(folder)) || !isFile(join(folder, 'system.yaml'))) return false;
  const holds = (name: string) => isFolder(join(folder, name));
  if (holds('contracts')) return false;
  return isFolder(join(dirname(folder), 'contracts')) || !['components', 'load', 'chaos', 'tests'].some(holds);
}

const isFile = (path: string): boolean => stat(path)?.isFile() ?? false;
const isFolder = (path: string): boolean => stat(path)?.isDirectory() ?? false;

/** Undefined where there is nothing, also because what should hold it is a file. */
function stat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
