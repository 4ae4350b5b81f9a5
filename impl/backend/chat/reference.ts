/** Which task is meant: by its place in the list shown last, by its id, by "it", or by words of its title. */

export type Reference =
  | { readonly by: 'position'; readonly position: number }
  | { readonly by: 'end' }
  | { readonly by: 'id'; readonly id: number }
  | { readonly by: 'it' }
  | { readonly by: 'many' }
  | { readonly by: 'words'; readonly words: readonly string[] };

const ordinals = 'first second third fourth fifth sixth seventh eighth ninth tenth'.split(' ');
/** Said about a task without being part of its title. */
const fillers = new Set('the a an my task tasks todo item reminder called named titled one to about with for of'.split(' '));
const idMax = 2_147_483_647;
const wordsMax = 12;

export function readReference(text: string): Reference | null {
  const plain = text
    .toLowerCase()
    .replace(/["']/g, '')
    .replace(/^(?:the |my |number |no\. ?|item |task )*/, '')
    .replace(/ (?:one|task|item)$/, '')
    .trim();
  const id = Number(/^(?:#|id )(\d{1,10})$/.exec(plain)?.[1]);
  if (id > 0 && id <= idMax) return { by: 'id', id };
  const position = Number(/^(\d{1,4})(?:st|nd|rd|th)?$/.exec(plain)?.[1] ?? ordinals.indexOf(plain) + 1);
  if (position > 0) return { by: 'position', position };
  if (plain === 'last') return { by: 'end' };
  if (/^(?:it|that|this|same)$/.test(plain)) return { by: 'it' };
  if (/^(?:all|everything|them|these|those|both|all of (?:it|them))$/.test(plain)) return { by: 'many' };
  const words = text
    .toLowerCase()
    .split(/[\s"',;:.!?]+/)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !fillers.has(word));
  // A title may be nothing but fillers: "the one".
  const sought = (telling.length > 0 ? telling : words).slice(0, wordsMax);
  return sought.length > 0 ? { by: 'words', words: sought } : null;
}
