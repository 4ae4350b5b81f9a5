/** A file that a person wrote, as text; or one sentence on why it is none. */
import { readFileSync } from 'node:fs';

/** UTF-8 with or without a mark at its beginning; anything else a YAML parser would read as garbage. */
export function textOf(path: string): { readonly text: string } | { readonly because: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') return { because: 'it is a folder; put a file in its place' };
    return { because: code === 'ENOENT' ? 'it is not there, or a link to what is not there' : message };
  }
  if (/^(?:fffe|feff)/.test(bytes.toString('hex', 0, 2))) return { because: 'it is UTF-16; save it as UTF-8' };
  if (bytes.includes(0)) return { because: 'it is no text; save it as UTF-8' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { because: 'it is not UTF-8; save it as UTF-8' };
  }
}
