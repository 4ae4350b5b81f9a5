import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DoctorRow, doctor, memoryRow, nodeRow, renderDoctor } from '../../harness/doctor.ts';

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), 'plumbline-doctor-'));
  mkdirSync(join(room, 'bin'));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

function install(name: string, answer: string): void {
  writeFileSync(join(room, 'bin', name), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
}

async function examine(): Promise<{ ok: boolean; row: (label: string) => DoctorRow | undefined }> {
  const env = { PATH: join(room, 'bin'), HOME: room };
  const { ok, rows } = await doctor({ env, cache: join(room, 'cache') });
  return { ok, row: (label) => rows.find((each) => each.label === label) };
}

describe('doctor', () => {
  it('names the packages to install on a bare machine', async () => {
    const { ok, row } = await examine();
    expect(ok).toBe(false);
    expect(row('Go')).toMatchObject({ state: 'missing', fix: expect.stringContaining('Go >= 1.26') });
    expect(row('Java')).toMatchObject({ state: 'missing', fix: expect.stringContaining('openjdk-17-jre-headless') });
    expect(row('Maven')).toMatchObject({ state: 'missing', fix: expect.stringContaining('maven') });
    expect(row('daprd')).toMatchObject({ state: 'missing', found: expect.stringContaining('PLUMBLINE_DAPRD') });
    // No run needs a browser: it alone would not make this machine unready.
    expect(row('chromium')).toMatchObject({ state: 'skipped', found: expect.stringContaining('only for browser tests') });
  });

  it('does not fail for what will be made by itself, and makes nothing', async () => {
    install('go', 'go version go1.26.8 linux/amd64');
    install('mvn', 'Apache Maven 3.8.7');
    install('java', 'openjdk version "17.0.15"');
    const { row } = await examine();
    expect(row('daprd')).toEqual({ label: 'daprd', state: 'later', found: 'will be made on first use: about 4 min' });
    expect(row('kafka')?.state).toBe('later');
    expect(row('Go')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^1\.26\.8 /) });
    expect(existsSync(join(room, 'cache'))).toBe(false);
  });

  it('does not ask for Go when nothing has to be built with it', async () => {
    install('daprd', '1.18.2');
    install('k6', 'k6 v1.8.1');
    const { row } = await examine();
    expect(row('daprd')).toMatchObject({ state: 'ok', found: expect.stringContaining('1.18.2 (PATH)') });
    expect(row('Go')).toMatchObject({ state: 'skipped', found: 'not needed: nothing has to be made with it' });
    // Kafka still has to be fetched.
    expect(row('Maven')?.state).toBe('missing');
  });

  it('says which version was found and not taken', async () => {
    install('go', 'go version go1.26.8 linux/amd64');
    install('daprd', '1.17.0');
    const { row } = await examine();
    expect(row('daprd')).toMatchObject({
      state: 'later',
      found: expect.stringContaining('is 1.17.0, wanted is 1.18.2: not used'),
    });
  });

  it.each([
    ['24.0.0', 'ok'],
    ['26.1.0', 'ok'],
    ['22.20.0', 'missing'],
  ])('Node %s: %s', (version, state) => expect(nodeRow(version).state).toBe(state));

  it.each([
    [2_500, 'ok'],
    [2_499, 'missing'],
  ])('%i MB of memory: %s', (freeMb, state) => expect(memoryRow(freeMb).state).toBe(state));
});

describe('the table', () => {
  it('marks each row, puts the fix below it, and ends with the verdict', () => {
    const rows: DoctorRow[] = [
      { label: 'Go', state: 'missing', found: 'go not found', fix: 'Install Go' },
      { label: 'daprd', state: 'later', found: 'will be made' },
      { label: 'k6', state: 'skipped', found: 'not needed' },
    ];
    expect(renderDoctor(rows)).toBe(
      [
        '!!  Go     go not found',
        '           -> Install Go',
        '..  daprd  will be made',
        '--  k6     not needed',
        '',
        'Not ready: Go.',
        '',
      ].join('\n'),
    );
    expect(renderDoctor([{ label: 'Go', state: 'ok', found: '1.26' }])).toBe('ok  Go  1.26\n\nReady.\n');
  });
});
