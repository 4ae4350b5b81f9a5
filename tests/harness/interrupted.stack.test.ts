/** Ctrl-C and worse in the middle of a drill: everything heals and stops, and what was seen is kept. */

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { plumbline, scratchFolder, start, systemWith } from './plumbline.ts';

jest.setTimeout(120_000);
const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** Command lines and folders of all processes that have to do with this run's work folder. */
function leftOver(word: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const seen = `${command} ${readlinkSync(`/proc/${pid}/cwd`)}`;
        return seen.includes(word) ? [`${pid} ${command.slice(0, 120)}`] : [];
      } catch {
        return [];
      }
    });
}

/** The name of the system is in the work folder's name, and the folder in every part's command line or cwd. */
const systemNamed = (name: string) => systemWith(scratch.path, (system) => void Object.assign(system, { system: name }));

describe('a run that is interrupted', () => {
  it('heals, stops everything, keeps and judges the evidence so far, and exits 130', async () => {
    const reports = join(scratch.path, 'interrupted');
    const run = start(['run', 'kafka-down', '--reports', reports, '--system', systemNamed('ctrl-c')]);
    await run.said('fault kill-kafka is in');
    expect(leftOver('plumbline-ctrl-c-').length).toBeGreaterThan(5);
    run.child.kill('SIGINT');
    const { code } = await run.ended;
    expect(code).toBe(130);
    expect(leftOver('plumbline-ctrl-c-')).toEqual([]);
    const latest = join(reports, 'latest');
    const marks = readFileSync(join(latest, 'experiments/kafka-down/journal.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string });
    expect(marks.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['fault-in', 'fault-out', 'healed']));
    for (const file of [
      'sealed.json',
      'interrupted.json',
      'verdict.json',
      'index.html',
      'experiments/kafka-down/effects.ndjson',
    ]) {
      expect([file, existsSync(join(latest, file))]).toEqual([file, true]);
    }
    const judged = await plumbline(['judge', latest]);
    expect(judged.code).not.toBe(0);
  });

  it('leaves nothing running for long when the harness itself is killed with SIGKILL', async () => {
    const run = start(['run', 'crud-events', '--reports', join(scratch.path, 'killed'), '--system', systemNamed('kill-9')]);
    await run.said('kafka is ready');
    run.child.kill('SIGKILL');
    await run.ended;
    const giveUpAt = Date.now() + 10_000;
    while (leftOver('plumbline-kill-9-').length > 0 && Date.now() < giveUpAt) await sleep(50);
    expect(leftOver('plumbline-kill-9-')).toEqual([]);
  });
});

describe('npm start', () => {
  it('says which port is taken and by whom, and leaves nothing running', async () => {
    const server = createServer();
    const port = await new Promise<number>((done) =>
      server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port)),
    );
    const system = systemWith(scratch.path, (file) => {
      Object.assign(file, { system: 'taken' });
      Object.assign(file.services.backend ?? {}, { appPort: port });
    });
    const { code, stderr } = await plumbline(['up', '--system', system]);
    server.close();
    expect(stderr).toContain(`PORT_TAKEN: port ${port}`);
    expect(code).toBe(3);
    expect(leftOver('plumbline-taken-')).toEqual([]);
  });
});
