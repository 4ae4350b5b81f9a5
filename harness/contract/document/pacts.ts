/**
 * Pacts as files, before anybody runs a provider: who they are between, and whether their examples keep the schemas. A consumer
 * that relies on an answer or an event which no document promises is found here, in milliseconds.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { contractOf } from '#harness/evidence/event-contracts.ts';
import type { EventNaming } from '#harness/evidence/records.ts';
import { nearest } from '#harness/nearest.ts';
import type { ContractFinding } from '../finding.ts';
import { lineOfPointer, lineOfSyntaxError } from '../json-lines.ts';
import { pointerOf } from '../yaml-lines.ts';
import { promisesOf } from './openapi-answers.ts';
import { asObject, isObject, type JsonObject } from './openapi-bundle.ts';
import { readSchema } from '../schema/document.ts';

export interface PactSurroundings {
  /** `contracts/pacts`. */
  readonly folder: string;
  /** `contracts/events`. */
  readonly events: string;
  /** App-ids that exist. */
  readonly services: readonly string[];
  readonly topics: readonly string[];
  readonly naming: EventNaming;
  readonly openapis: readonly JsonObject[];
}

type Say = (rule: string, path: readonly (string | number)[], message: string) => void;

export function pactFindings(around: PactSurroundings): ContractFinding[] {
  const promise = promisesOf(around.openapis);
  return readdirSync(around.folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const path = join(around.folder, name);
      const file = relative(process.cwd(), path);
      const text = readFileSync(path, 'utf8');
      const findings: ContractFinding[] = [];
      const say: Say = (rule, steps, message) => {
        const pointer = pointerOf([...steps]);
        findings.push({ rule, file, line: lineOfPointer(text, pointer), pointer, message, severity: 'error' });
      };
      let pact: JsonObject;
      try {
        pact = asObject(JSON.parse(text));
      } catch (error) {
        const line = lineOfSyntaxError(text, error as Error);
        const message = `not JSON: ${(error as Error).message.replaceAll(/\s+/g, ' ')}. Make it anew: npm run pact`;
        return [{ rule: 'pact-syntax', file, line, pointer: '', message, severity: 'error' }];
      }
      parties(pact, name, around.services, say);
      interactions(pact, around, promise, say);
      return findings;
    });
}

function parties(pact: JsonObject, file: string, services: readonly string[], say: Say): void {
  const names = ['consumer', 'provider'].map((role) => {
    const name = String(asObject(pact[role]).name);
    if (!services.includes(name)) {
      const near = nearest(name, services);
      say(`pact-unknown-${role}`, [role], `no service is called ${name}${near ? `; did you mean ${near}?` : ''}`);
    }
    return name;
  });
  if (file !== `${names.join('-')}.json`)
    say('pact-misnamed', [], `it is between ${names.join(' and ')}, so its name is ${names.join('-')}.json`);
  const { version } = asObject(asObject(pact.metadata).pactSpecification);
  if (version !== '4.0') say('pact-version', ['metadata'], `the specification's version is ${String(version)}, not 4.0`);
}

function interactions(pact: JsonObject, around: PactSurroundings, promise: ReturnType<typeof promisesOf>, say: Say): void {
  const all = Array.isArray(pact.interactions) ? pact.interactions.map(asObject) : [];
  if (all.length === 0) say('pact-empty', [], 'it has no interactions, so it proves nothing');
  all.forEach((one, n) => {
    if (one.pending === true)
      say('pact-pending', ['interactions', n, 'pending'], 'a pending interaction fails nobody: verify it, or take it out');
    if (one.type === 'Synchronous/HTTP') {
      const because = promise(answerOf(one)).join('; ');
      if (because)
        say('pact-unpromised', ['interactions', n, 'response'], `the consumer relies on what nobody promises: ${because}`);
    } else if (one.type === 'Asynchronous/Messages') message(one, n, around, say);
    else say('pact-kind', ['interactions', n, 'type'], `${String(one.type)} is no kind of interaction that is verified here`);
  });
}

function answerOf({ request, response }: JsonObject): Parameters<ReturnType<typeof promisesOf>>[0] {
  const [asked, given] = [asObject(request), asObject(response)];
  const headers = Object.entries(isObject(given.headers) ? given.headers : {});
  const [, contentType = null] = headers.find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const content = isObject(given.body) ? given.body.content : undefined;
  const body = content === undefined ? undefined : typeof content === 'string' ? content : JSON.stringify(content);
  return {
    method: String(asked.method),
    path: String(asked.path).split('?')[0] ?? '',
    status: Number(given.status),
    contentType: contentType === null ? null : String([contentType].flat()[0]),
    body,
    bodyBytes: body?.length ?? 0,
  };
}

function message({ contents, metadata }: JsonObject, n: number, { events, topics, naming }: PactSurroundings, say: Say): void {
  const at = ['interactions', n] as const;
  const { topic } = asObject(metadata ?? {});
  if (!topics.includes(String(topic))) {
    const near = nearest(String(topic), topics);
    say('pact-unknown-topic', [...at, 'metadata', 'topic'], `no topic ${String(topic)}${near ? `; did you mean ${near}?` : ''}`);
  }
  const event = asObject(asObject(contents).content);
  const contract = contractOf(event, naming);
  const unpromised = (because: string) => say('pact-unpromised', [...at, 'contents'], `the consumer relies on ${because}`);
  if ('because' in contract) return unpromised(`what nobody promises: ${contract.because}`);
  if (!existsSync(join(events, contract.path))) return unpromised(`${contract.path}, for which contracts/events has no schema`);
  const { validate } = readSchema(join(events, contract.path));
  if (validate(event)) return;
  const [first] = validate.errors ?? [];
  const what = `${first?.instancePath || '/'} ${first?.message}`;
  say('pact-unpromised', [...at, 'contents', 'content'], `the example breaks ${contract.path}: ${what}`);
}
