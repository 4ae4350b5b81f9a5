/** Where in a JSON text a JSON Pointer leads: a finding names a line, and `JSON.parse` forgets it. */
import { isNode, LineCounter, parseDocument } from 'yaml';

/** Of the value under the pointer, or, where the text has no such place, of the nearest thing around it. From 1. */
export function lineOfPointer(text: string, pointer: string): number {
  const lines = new LineCounter();
  // JSON is YAML; only the YAML parser keeps the positions.
  const document = parseDocument(text, { lineCounter: lines, schema: 'json', strict: false, uniqueKeys: false });
  const path = stepsOf(pointer).map((step) => (/^\d+$/.test(step) ? [Number(step), step] : [step]));
  let node: unknown = document.contents;
  for (const names of path) {
    const next = names.map((name) => childOf(node, name)).find((child) => child !== undefined);
    if (next === undefined) break;
    node = next;
  }
  const offset = isNode(node) ? node.range?.[0] : undefined;
  return offset === undefined ? 1 : lines.linePos(offset).line;
}

/** The line of a `JSON.parse` error: V8 mostly tells the position; of an unexpected token it does not, and the YAML parser does. */
export function lineOfSyntaxError(text: string, error: Error): number {
  const [, line] = /line (\d+)/.exec(error.message) ?? [];
  const [, position] = /position (\d+)/.exec(error.message) ?? [];
  if (line !== undefined) return Number(line);
  if (position !== undefined) return lineAt(text, Number(position));
  const [first] = parseDocument(text, { schema: 'json' }).errors;
  return lineAt(text, first?.pos[0] ?? text.length);
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

export const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

function childOf(node: unknown, name: string | number): unknown {
  const parent = node as { get?: (key: string | number, keep: true) => unknown } | null | undefined;
  return parent?.get?.(name, true) ?? undefined;
}
