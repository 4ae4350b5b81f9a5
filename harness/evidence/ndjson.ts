/**
 * Rows, read line by line and piece by piece: a file may be longer than the longest string or buffer. A million operations are millions
 * of rows, and most of their texts are each other's: ids are kept once, and events as text until somebody asks.
 */
import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { misshapen } from './shapes.ts';

/** Each text once, in however many rows and files of a run it stands. */
export class Texts {
  readonly #known = new Map<string, string>();

  /** `first` gives what to keep of one that nobody has seen; where it throws, nobody has seen it either. */
  one(text: string, first: (text: string) => string = (own) => own): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const kept = first(text);
    this.#known.set(kept, kept);
    return kept;
  }
}

const EVENT = ',"event":';
const eventText = Symbol('event text');
type WithText = { [eventText]?: string };

/** Of a row whose event is parsed each time it is asked for: a million of them parsed are gigabytes. */
const withEvent = {
  get event(): unknown {
    return JSON.parse((this as WithText)[eventText] as string);
  },
};

/** The same for the same event, where rows were read together: what was found out of one holds for the other. */
export const eventTextOf = (row: object): string | undefined => (row as WithText)[eventText];

/**
 * Rows of that shape; the others are left out and told in `damage`, with the line of the first. A killed harness leaves half a last
 * line: the rest still counts, and the loss is told, not hidden. With `texts`, rows share theirs and are to be looked at only.
 */
export function readNdjson<T>(path: string, damage: string[], shape?: object, texts?: Texts): T[] | undefined {
  if (!isThere(path, damage)) return undefined;
  const file = basename(path);
  const rows: T[] = [];
  let [torn, wrong, at] = [0, 0, 0];
  let first = '';
  try {
    for (const line of linesOf(path)) {
      at += 1;
      if (line === '') continue;
      let row: unknown;
      try {
        row = texts === undefined ? JSON.parse(line) : sharing(line, texts);
      } catch {
        torn += 1;
        continue;
      }
      const because = shape && misshapen(shape, row);
      if (because === undefined) rows.push(row as T);
      else if (++wrong === 1) first = `${file}:${at}: ${because}`;
    }
  } catch (cause) {
    damage.push(`${file} can't be read: ${(cause as Error).message}`);
    return undefined;
  }
  if (torn > 0) damage.push(`${file} has ${lines(torn)} not JSON`);
  if (wrong > 0) damage.push(`${file} has ${lines(wrong)} no such row, first: ${first}`);
  return rows;
}

const lines = (count: number): string => (count === 1 ? '1 line that is' : `${count} lines that are`);

/** Throws as `JSON.parse` does. */
function sharing(line: string, texts: Texts): unknown {
  const row: unknown = split(line, texts) ?? JSON.parse(line);
  if (typeof row !== 'object' || row === null) return row;
  for (const field of ['eventId', 'id', 'invoke', 'key'] as const) {
    const text = (row as Record<string, unknown>)[field];
    if (typeof text === 'string') (row as Record<string, unknown>)[field] = texts.one(text);
  }
  return row;
}

/** Its event is the last field of a row, as it is written; undefined where it is not, and the line is to be parsed as it is. */
function split(line: string, texts: Texts): object | undefined {
  const from = line.indexOf(EVENT);
  if (from === -1 || !line.endsWith('}')) return undefined;
  try {
    const row = JSON.parse(`${line.slice(0, from)}}`) as object;
    if (Object.hasOwn(row, 'event')) return undefined;
    const event = texts.one(line.slice(from + EVENT.length, -1), (slice) => {
      JSON.parse(slice);
      // A slice holds the whole line in memory, a copy only itself.
      return Buffer.from(slice).toString();
    });
    return Object.setPrototypeOf(Object.assign(row, { [eventText]: event }), withEvent) as object;
  } catch {
    return undefined;
  }
}

/** Whether there is such a file; what is there and can't be read is damage. */
function isThere(path: string, damage: string[]): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  // A pipe would never end, and a link leads to what was not sealed.
  if (found.isFile()) return true;
  damage.push(`${basename(path)} can't be read: it is no plain file`);
  return false;
}

/** Undefined where there is no such file; what is there and can't be read is damage. */
export function readBytes(path: string, damage: string[]): Buffer | undefined {
  if (!isThere(path, damage)) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    damage.push(`${basename(path)} can't be read: ${(cause as Error).message}`);
    return undefined;
  }
}

const PIECE_BYTES = 4 * 1_024 * 1_024;
const NEWLINE = 10;

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    let piece: Buffer = Buffer.allocUnsafe(PIECE_BYTES);
    let kept = 0;
    for (;;) {
      const read = readSync(file, piece, kept, piece.length - kept, null);
      const end = kept + read;
      let from = 0;
      for (let newline = piece.indexOf(NEWLINE, kept); newline !== -1 && newline < end; newline = piece.indexOf(NEWLINE, from)) {
        yield piece.toString('utf8', from, newline);
        from = newline + 1;
      }
      kept = end - from;
      if (read === 0) {
        if (kept > 0) yield piece.toString('utf8', from, end);
        return;
      }
      // A line longer than a piece needs a larger one.
      const next = kept === piece.length ? Buffer.allocUnsafe(piece.length * 2) : piece;
      piece.copy(next, 0, from, end);
      piece = next;
    }
  } finally {
    closeSync(file);
  }
}
