/** Where am I: the project that is judged, found once by the command line and handed to everybody else. */
import { existsSync, statSync } from 'node:fs';
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
const rooms = new Set(places.map((place) => dirname(place)));

/** The nearest folder, from `from` upwards, that has a system file. Undefined: this is nobody's project. */
export function findProject({ from, project, system, reports }: Wanted): Project | undefined {
  const start = resolve(from, project ?? '.');
  // A folder that is not there is nobody's: climbing from a mistyped one would find another project.
  if (project === '' || !existsSync(start)) return undefined;
  const root = rootAbove(start);
  if (root === undefined) return undefined;
  const place = places.find((each) => isFile(join(root, each))) as string;
  return {
    root,
    systemFile: system === undefined ? join(root, place) : resolve(from, system),
    contracts: join(root, 'contracts'),
    components: join(root, 'components'),
    manifests: join(root, 'k8s', 'base'),
    // Checks first, then load, then drills: a broken contract makes the rest meaningless, and a drill leaves a tired stack.
    experiments: [
      { folder: join(root, 'tests', 'contracts'), suffix: '.check.ts' },
      { folder: join(root, 'load'), suffix: '.load.ts' },
      { folder: join(root, 'chaos'), suffix: '.drill.ts' },
    ],
    reports: reports === undefined ? join(root, 'reports') : resolve(from, reports),
  };
}

/** Throws NO_PROJECT, with what to do, where there is none. */
export function openProject(wanted: Wanted): Project {
  const found = findProject(wanted);
  if (found) return found;
  const { from, project } = wanted;
  const start = resolve(from, project ?? '.');
  if (!existsSync(start) || !statSync(start).isDirectory())
    throw new Error(`NO_PROJECT: --project ${project}: there is no such folder. Name a folder that has ${places.join(' or ')}`);
  throw new Error(
    `NO_PROJECT: neither ${start} nor a folder above it has ${places.join(' or ')}. Go there, or name it with --project <folder>`,
  );
}

function rootAbove(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    // Inside of impl/ its system.yaml is the project's, one folder up.
    const inRoom = rooms.has(basename(folder)) && isFile(join(folder, 'system.yaml'));
    if (!inRoom && places.some((place) => isFile(join(folder, place)))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
