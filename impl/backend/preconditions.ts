/** RFC 9110 §13 on revisions: an ETag is the revision in quotes, and a change may say which one it was made from. */
import { AppError } from '#kit/web/errors.ts';

export const etagOf = (revision: number): string => `"${revision}"`;

/** Throws when the thing, at this revision, is not what the caller has seen. Asked while its row is locked. */
export type Precondition = (revision: number) => void;

/** No header, no condition: the last write wins. */
export function preconditionOf(header: (name: string) => string): Precondition {
  const match = tagsOf('If-Match', header('If-Match'));
  return (revision) => {
    const current = etagOf(revision);
    // Strong comparison: a weak tag promises less than a change may rely on, so it never matches.
    const expected = match === undefined || match === '*' || match.some((tag) => !tag.weak && tag.value === current);
    if (!expected || isKnown(header('If-None-Match'), revision)) {
      throw new AppError(
        'REVISION_MISMATCH',
        `It is at revision ${revision} now: read it, and repeat your change on what you get`,
      );
    }
  };
}

/**
 * Whether who reads has this revision already. Not Koa's `ctx.fresh`: that one says no to every request with
 * `Cache-Control: no-cache`, which `fetch` adds by itself to each request that has an If-None-Match.
 */
export function isKnown(ifNoneMatch: string, revision: number): boolean {
  const known = tagsOf('If-None-Match', ifNoneMatch);
  return known === '*' || (known?.some((tag) => tag.value === etagOf(revision)) ?? false);
}

interface EntityTag {
  readonly weak: boolean;
  /** With its quotes. */
  readonly value: string;
}

const entityTag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

function tagsOf(name: string, header: string): readonly EntityTag[] | '*' | undefined {
  if (header === '') return undefined;
  if (header === '*') return '*';
  const tags = [...header.matchAll(entityTag)].map(([, weak, value = '']) => ({ weak: weak !== undefined, value }));
  // What is left without the tags: commas, and between them nothing or one tag (a list may have empty members).
  const members = header.replaceAll(entityTag, '\0').split(',');
  if (tags.length === 0 || !members.every((member) => /^[ \t]*\0?[ \t]*$/.test(member))) {
    throw new AppError('INVALID_INPUT', `${name} is *, or a list of entity tags in double quotes: "3"`);
  }
  return tags;
}
