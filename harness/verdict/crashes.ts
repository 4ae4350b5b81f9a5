/** Parts that ended without being told to. Asked of every experiment, and told only when there is something to tell. */
import type { Mark } from '../evidence/records.ts';
import { counted, type Judgement, noneOf } from './judgement.ts';

export function crashes(marks: readonly Mark[] = []): Judgement | undefined {
  const seen = marks.filter(({ kind }) => kind === 'crash');
  const [first] = seen;
  if (!first) return undefined;
  const how = ({ name, detail }: (typeof seen)[number]) =>
    `${name} ended by itself (${detail?.['signal'] ?? `exit code ${String(detail?.['code'])}`})`;
  return noneOf('fail', {
    wrong: seen.length,
    checked: seen.length,
    unit: 'parts',
    examples: seen.map((mark) => `${how(mark)}: ${String(mark.detail?.['lastWords'] ?? '')}`),
    because: `${counted(seen.length, 'part')} crashed, first: ${how(first)}`,
  });
}
