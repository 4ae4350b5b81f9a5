import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { componentTypesOf } from '../../../harness/project/component-types.ts';
import { claimReports, findProject, openProject } from '../../../harness/project/project.ts';
import { system } from '../../own-project.ts';
import { scratchFolder } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** A project with its system file at that place. */
function projectWith(name: string, place: string): string {
  const root = join(scratch.path, name);
  mkdirSync(join(root, place, '..'), { recursive: true });
  mkdirSync(join(root, 'deep', 'er'), { recursive: true });
  writeFileSync(join(root, place), 'system: any');
  return root;
}

describe('the project', () => {
  it.each(['plumbline/system.yaml', 'impl/system.yaml', 'system.yaml'])('is found by %s, from the root and below', (place) => {
    const root = projectWith(place.replaceAll('/', '-'), place);
    for (const from of [root, join(root, 'deep'), join(root, 'deep', 'er'), join(root, place, '..')])
      expect([from, findProject({ from })?.systemFile]).toEqual([from, join(root, place)]);
  });

  it('named from elsewhere is the same one, by its root or by anything in it', () => {
    const root = projectWith('named', 'system.yaml');
    expect(openProject({ from: '/', project: root }).root).toBe(root);
    expect(openProject({ from: scratch.path, project: 'named/deep' }).root).toBe(root);
  });

  it("keeps paths of the call's own folder: --system and --reports", () => {
    const root = projectWith('flags', 'system.yaml');
    const from = join(root, 'deep');
    expect(openProject({ from, system: '../other.yaml', reports: 'here' })).toMatchObject({
      systemFile: join(root, 'other.yaml'),
      reports: join(from, 'here'),
    });
  });

  it('is nobody\u2019s, with the next step, where there is none', () => {
    expect(findProject({ from: scratch.path })).toBeUndefined();
    expect(() => openProject({ from: scratch.path })).toThrow(/NO_PROJECT: .*--project <folder>/);
    // Also from inside of another project, which a mistyped name must not lead to.
    for (const named of ['no-such-folder', ''])
      expect(() => openProject({ from: projectWith('around', 'system.yaml'), project: named })).toThrow(/NO_PROJECT/);
    expect(() => openProject({ from: '/', project: 'no-such-folder' })).toThrow(
      /NO_PROJECT: --project no-such-folder: there is no such/,
    );
  });
});

describe('the types of components', () => {
  it('are those of the folder and the configuration that the system names, and of nobody else', () => {
    expect(componentTypesOf(system)).toEqual(['bindings.cron', 'nameresolution.sqlite', 'pubsub.kafka', 'state.redis']);
  });

  it('of a broken file are told by whoever validates, not here', () => {
    const folder = join(scratch.path, 'given-components');
    mkdirSync(join(folder, 'below.yaml'), { recursive: true });
    writeFileSync(join(folder, 'broken.yaml'), 'kind: [');
    writeFileSync(join(folder, 'dangling.yaml'), 'kind: *nowhere');
    writeFileSync(join(folder, 'empty.yaml'), '');
    writeFileSync(join(folder, 'fine.yaml'), 'kind: Component\nspec: { type: pubsub.redis }\n');
    // A sidecar looks into no folder below.
    writeFileSync(join(folder, 'below.yaml', 'other.yaml'), 'kind: Component\nspec: { type: state.redis }\n');
    const configuration = join(scratch.path, 'elsewhere.yaml');
    expect(componentTypesOf({ components: folder, configuration })).toEqual(['pubsub.redis']);
    writeFileSync(configuration, 'kind: Configuration\nspec: { nameResolution: { component: mdns } }\n');
    expect(componentTypesOf({ components: folder, configuration })).toEqual(['nameresolution.mdns', 'pubsub.redis']);
    expect(componentTypesOf({ components: join(folder, 'nowhere'), configuration: folder })).toEqual([]);
  });
});

/** Files and, with a slash at the end, folders. */
function tree(name: string, ...paths: readonly string[]): string {
  const root = join(scratch.path, name);
  for (const path of paths) {
    mkdirSync(path.endsWith('/') ? join(root, path) : join(root, path, '..'), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(root, path), 'system: any');
  }
  return root;
}

describe('a folder called impl or plumbline', () => {
  it.each([
    ['beside contracts is a room', ['contracts/', 'impl/system.yaml', 'impl/backend/'], 'impl', '.'],
    [
      'beside contracts is a room, also with components of its own',
      ['contracts/', 'plumbline/system.yaml', 'plumbline/components/'],
      'plumbline',
      '.',
    ],
    ['alone with its system file is a room', ['plumbline/system.yaml', 'src/'], 'plumbline', '.'],
    ['with contracts is a project', ['plumbline/system.yaml', 'plumbline/contracts/'], 'plumbline', 'plumbline'],
    [
      'with contracts is a project, also beside other contracts',
      ['contracts/', 'impl/system.yaml', 'impl/contracts/'],
      'impl',
      'impl',
    ],
    ['with components, where none keeps contracts, is a project', ['impl/system.yaml', 'impl/components/'], 'impl', 'impl'],
    ['that has such a room is a project', ['plumbline/impl/system.yaml', 'plumbline/contracts/'], 'plumbline/impl', 'plumbline'],
  ] as const)('%s', (title, paths, from, root) => {
    const at = tree(title.replaceAll(/\W+/g, '-'), ...paths);
    const own = paths.find((path) => path.endsWith('system.yaml')) as string;
    expect(findProject({ from: join(at, from) })).toMatchObject({ root: join(at, root), systemFile: join(at, own) });
    // From beside it, only a room leads to it.
    expect(findProject({ from: at })?.systemFile).toBe(root === '.' ? join(at, own) : undefined);
  });

  it('a file in a project names it, too', () => {
    const root = tree('by-file', 'system.yaml');
    expect(findProject({ from: '/', project: join(root, 'system.yaml') })?.root).toBe(root);
  });
});

describe('where runs go', () => {
  it('is a folder, there or to be made; a file is told, wherever on the way it lies', () => {
    const root = tree('reporting', 'system.yaml', 'taken', 'there/');
    const claim = (reports?: string) => () => claimReports(openProject({ from: root, reports }));
    for (const fine of [undefined, 'there', 'there/new/er']) expect(claim(fine)).not.toThrow();
    for (const bad of ['taken', 'taken/below'])
      expect(claim(bad)).toThrow(/REPORTS_INVALID: .*taken is a file, and runs are folders\. Name a folder with --reports/);
  });
});
