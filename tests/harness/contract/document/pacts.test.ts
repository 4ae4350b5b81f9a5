import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { documentsIn } from '../../../../harness/contract/document/documents.ts';
import { pactFindings } from '../../../../harness/contract/document/pacts.ts';
import { system } from '../../../own-project.ts';
import { apisOf } from '../../../../harness/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-pacts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const around = {
  folder,
  events: 'contracts/events',
  services: ['backend', 'frontend', 'recurring', 'notification'],
  topics: ['task-events', 'reminders', 'task-updates'],
  naming: system.events,
  openapis: documentsIn('contracts', apisOf(system))[0],
};

interface Interaction {
  readonly type: string;
  pending: boolean;
  readonly response: { status: number; headers: Record<string, string[]>; body: { content: Record<string, unknown> } };
  readonly contents: { content: { version: string; data: Record<string, unknown> } };
  readonly metadata: { topic: string };
}
interface Pact {
  readonly consumer: { name: string };
  readonly interactions: Interaction[];
  readonly metadata: { pactSpecification: { version: string } };
}

const http = join(folder, 'frontend-backend.json');
const edit = (change: (pact: Pact) => void) => {
  const pact = JSON.parse(readFileSync(http, 'utf8')) as Pact;
  change(pact);
  writeFileSync(http, JSON.stringify(pact, null, 2));
};
const answer = (pact: Pact) => pact.interactions.find(({ response }) => response?.status === 200) as Interaction;
const event = (pact: Pact) => pact.interactions.find(({ type }) => type === 'Asynchronous/Messages') as Interaction;

beforeEach(() => cpSync('contracts/pacts', folder, { recursive: true }));

describe('pacts as files', () => {
  it('those in git keep every schema', () => {
    expect(pactFindings({ ...around, folder: 'contracts/pacts' })).toEqual([]);
  });

  it.each<[string, string, RegExp, (pact: Pact) => void]>([
    [
      'an unknown consumer',
      'pact-unknown-consumer',
      /no service is called fronted; did you mean frontend\?/,
      (pact) => void (pact.consumer.name = 'fronted'),
    ],
    [
      'another version of the specification',
      'pact-version',
      /3\.0\.0/,
      (pact) => void (pact.metadata.pactSpecification.version = '3.0.0'),
    ],
    ['no interactions', 'pact-empty', /proves nothing/, (pact) => void pact.interactions.splice(0)],
    ['a pending interaction', 'pact-pending', /fails nobody/, (pact) => void (answer(pact).pending = true)],
    [
      'a status nobody promised',
      'pact-unpromised',
      /never promised status 299/,
      (pact) => void (answer(pact).response.status = 299),
    ],
    [
      'another content type',
      'pact-unpromised',
      /content type text\/html is not application\/json/,
      (pact) => void (answer(pact).response.headers = { 'content-type': ['text/html'] }),
    ],
    [
      'a body of another shape',
      'pact-unpromised',
      /must (be|have)/,
      (pact) => void Object.assign(answer(pact).response.body, { content: { id: 'seven' } }),
    ],
    [
      'an unknown topic',
      'pact-unknown-topic',
      /did you mean task-events\?/,
      (pact) => void (event(pact).metadata.topic = 'task-event'),
    ],
    [
      'a version without a schema',
      'pact-unpromised',
      /v9\.9\.json, for which/,
      (pact) => void (event(pact).contents.content.version = 'v9.9'),
    ],
    [
      'an event that breaks its schema',
      'pact-unpromised',
      /\/data\/title must be string/,
      (pact) => void (event(pact).contents.content.data.title = 7),
    ],
  ])('%s is %s', (_what, rule, message, spoil) => {
    edit(spoil);
    const [finding, ...more] = pactFindings(around).filter(({ rule }) => rule !== 'pact-misnamed');
    expect(finding).toMatchObject({ rule, message: expect.stringMatching(message), line: expect.any(Number) });
    expect(more).toEqual([]);
    if (finding?.pointer) expect(finding.line).toBeGreaterThan(1);
  });

  it('one under another name is misnamed', () => {
    renameSync(http, join(folder, 'backend-frontend.json'));
    expect(pactFindings(around).map(({ rule }) => rule)).toEqual(['pact-misnamed']);
    rmSync(join(folder, 'backend-frontend.json'));
  });

  it('knows an event by what the system calls its type', () => {
    const naming = { id: 'nr', type: 'what', contracts: { '*': '{what}.json' } };
    const messages = pactFindings({ ...around, folder: 'contracts/pacts', naming }).map(({ message }) => message);
    expect(new Set(messages)).toEqual(
      new Set(['the consumer relies on what nobody promises: what is missing: this is no event']),
    );
  });

  it('no JSON is one finding with its line', () => {
    writeFileSync(http, '{\n  "consumer": {,}\n}');
    expect(pactFindings(around)).toEqual([expect.objectContaining({ rule: 'pact-syntax', line: 2 })]);
  });
});
