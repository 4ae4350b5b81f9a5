/** The judge on trial, in npm test: on runs made up and on one that was real, each crime is found, and no mishap convicted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { busy } from '../../evidence/busy.ts';
import { write } from '../../evidence/generate.ts';
import { drill, load } from '../../evidence/stories.ts';
import type { Crimes } from '../../../harness/trial/crime.ts';
import { crimesOf } from '../../../harness/trial/command.ts';
import { NotHere } from '../../../harness/trial/scene.ts';
import { table, trial } from '../../../harness/trial/trial.ts';
import { project } from '../../own-project.ts';

jest.setTimeout(120_000);
const into = mkdtempSync(join(tmpdir(), 'plumbline-trial-'));
const innocent = join(into, 'innocent');
const orders = join(import.meta.dirname, '../../byo/evidence/orders');
let crimes: Crimes[];
beforeAll(async () => {
  const logs = { files: 13, lines: 900, secrets: ['app token'] };
  await write({ name: 'innocent', stories: [load(), busy(), drill()], logs }, into);
  crimes = await crimesOf(project);
});
afterAll(() => rmSync(into, { recursive: true, force: true }));
const nothing = () => undefined;

describe('the judge', () => {
  it('finds each crime in a run made up, and convicts no mishap', async () => {
    const all = await trial(innocent, crimes, nothing);
    expect(all.filter(({ right }) => !right).map(({ crime, verdict, because }) => [crime, verdict, because])).toEqual([]);
    expect(all.filter(({ verdict }) => verdict === undefined).map(({ crime }) => crime)).toEqual([
      'tick-made-without-effect',
      'outage-while-healing',
      'broken-against-its-schema',
    ]);
    expect(all.filter(({ wanted, verdict }) => wanted !== 'pass' && verdict !== undefined).length).toBeGreaterThanOrEqual(60);
    expect(all.filter(({ wanted, verdict }) => wanted === 'pass' && verdict !== undefined).length).toBeGreaterThanOrEqual(6);
  });

  it('finds them in another system’s real run', async () => {
    const all = await trial(orders, crimes, nothing);
    expect(all.filter(({ right }) => !right).map(({ crime, verdict, because }) => [crime, verdict, because])).toEqual([]);
    expect(all.filter(({ verdict }) => verdict !== undefined).length).toBeGreaterThanOrEqual(45);
  });
});

describe('a trial', () => {
  const one = (verdict: 'fail' | 'pass', commit: Crimes['crimes'][number]['commit'], claims?: readonly string[]): Crimes[] => [
    { kind: 'made up', crimes: [{ name: 'it', what: 'What happened.', verdict, commit, ...(claims && { claims }) }] },
  ];
  const lose = one('fail', (scene) => scene.experiments[0]?.write('effects', []));

  it('says so when the judge is wrong', async () => {
    const [seen] = await trial(innocent, one('fail', nothing), nothing);
    expect(seen).toMatchObject({ verdict: 'pass', right: false });
    expect(table(seen ? [seen] : [])).toMatch(/WRONG {2}it +pass +\(must be fail\)[^]*1 tried, 0 judged rightly, 1 wrongly/);
    const [convicted] = await trial(
      innocent,
      lose.map((each) => ({ ...each, crimes: each.crimes.map((c) => ({ ...c, verdict: 'pass' as const })) })),
      nothing,
    );
    expect(convicted).toMatchObject({ verdict: 'fail', right: false });
  });

  it('says so when it is right for another reason', async () => {
    const [seen] = await trial(
      innocent,
      one('fail', (scene) => scene.experiments[0]?.write('effects', []), ['checker:healed']),
      nothing,
    );
    expect(seen).toMatchObject({ verdict: 'fail', right: false });
  });

  it('tells what could not be tried, and counts it for nothing', async () => {
    const nowhere = one('fail', () => {
      throw new NotHere('no occasion');
    });
    const all = await trial(innocent, nowhere, nothing);
    expect(all).toMatchObject([{ because: 'not tried: no occasion' }]);
    expect(table(all)).toContain('0 tried, 0 judged rightly, 0 wrongly, 1 not possible on this run');
  });

  it('leaves the innocent as it was', async () => {
    const before = readFileSync(join(innocent, 'sealed.json'), 'utf8');
    await trial(innocent, lose, nothing);
    expect(await trial(innocent, one('pass', nothing), nothing)).toMatchObject([{ right: true }]);
    expect(readFileSync(join(innocent, 'sealed.json'), 'utf8')).toBe(before);
  });

  it('learns nothing from a run that does not pass', async () => {
    await expect(trial(join(import.meta.dirname, '../../evidence/lost'), lose, nothing)).rejects.toThrow('NOT_INNOCENT');
  });
});
