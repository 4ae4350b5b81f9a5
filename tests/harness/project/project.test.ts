import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { componentTypesIn } from '../../../harness/project/component-types.ts';
import { findProject, openProject } from '../../../harness/project/project.ts';
import { project } from '../../own-project.ts';
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
  it('are those of all places, and the name resolution', () => {
    expect(componentTypesIn(project.components)).toEqual([
      'bindings.cron',
      'nameresolution.sqlite',
      'pubsub.kafka',
      'state.postgresql',
      'state.redis',
    ]);
  });

  it('of a broken file are told by whoever validates, not here', () => {
    const folder = join(scratch.path, 'components');
    mkdirSync(folder);
    writeFileSync(join(folder, 'broken.yaml'), 'kind: [');
    writeFileSync(join(folder, 'empty.yaml'), '');
    writeFileSync(join(folder, 'fine.yaml'), 'kind: Component\nspec: { type: pubsub.redis }\n');
    expect(componentTypesIn(folder)).toEqual(['pubsub.redis']);
    expect(componentTypesIn(join(folder, 'nowhere'))).toEqual([]);
  });
});
