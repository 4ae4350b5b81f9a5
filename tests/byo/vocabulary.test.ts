/** The harness knows no system: what it does and says holds no word of the one that lies beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import typescript from 'typescript';

const harness = resolve(import.meta.dirname, '../../harness');

/** Todo's system.yaml, contracts and services, however they are cased and joined. */
const words =
  /todos?\b|\btasks?\b|task-?(event|update)|reminder|x-event-id|event_(id|type)|user_id|kafka-(pubsub|broadcast)|\bstatestore\b|notification|\bbackend\b|\bfrontend\b|\brecurring\b/i;

/** Its generators print this repository's own types and documents; Dapr's schemas are Dapr's words. */
const own = /^(generate\/|contract\/resource\/dapr\/.*\.json$)/;

const files = readdirSync(harness, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|js|css|html|xml|json)$/.test(file) && !own.test(file))
  .sort();

/** Each word of code with its line: comments lie between the leaves of the tree, and are nobody's leaf. */
function leavesOf(file: string, text: string): (readonly [number, string])[] {
  if (!/\.[tj]s$/.test(file)) return text.split('\n').map((line, n) => [n + 1, line] as const);
  const source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest);
  const leaves: (readonly [number, string])[] = [];
  const visit = (node: typescript.Node): void => {
    const children = node.getChildren(source).filter(({ kind }) => kind !== typescript.SyntaxKind.JSDoc);
    if (children.length > 0) return children.forEach(visit);
    leaves.push([source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, node.getText(source)]);
  };
  visit(source);
  return leaves;
}

const foundIn = (file: string, text: string): string[] =>
  leavesOf(file, text).flatMap(([line, leaf]) => (words.test(leaf) ? [`${file}:${line}: ${leaf}`] : []));

it('sees words in code and in what it says, and none in comments', () => {
  const text = [
    '/** A task of todo. */',
    'const a = `http://x/${tasks}/y`; // reminder',
    "say('see https://x.example for event_type');",
    'interface FactAsked { /** The backend. */ readonly "task-events": string }',
  ].join('\n');
  expect(foundIn('a.ts', text)).toEqual([
    'a.ts:2: tasks',
    "a.ts:3: 'see https://x.example for event_type'",
    'a.ts:4: "task-events"',
  ]);
});

it('reads the harness whole', () => expect(files.length).toBeGreaterThan(150));

it('and finds none there', () => {
  expect(files.flatMap((file) => foundIn(file, readFileSync(join(harness, file), 'utf8')))).toEqual([]);
});
