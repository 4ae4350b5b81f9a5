/** The words of a reminder that are the same on every channel. Pure. */

const dueFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' });

/** The event names no time zone of its reader, so it is told in the one that everybody can convert. */
export function dueText(dueDate: string): string {
  const date = new Date(dueDate);
  // A leap second is valid in the contract and unknown to JavaScript.
  return Number.isNaN(date.getTime()) ? dueDate : `${dueFormat.format(date)} UTC`;
}

/** A title is text of a user: no line of it may become a header, and no mark may turn the reading direction around. */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();

export function shortened(text: string, charsMax: number): string {
  const chars = [...text];
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`;
}
