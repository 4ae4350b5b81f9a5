/** No log tells a secret. Asked of every run that was to look; one from before that says nothing of it. */
import type { Manifest, Mark } from '../evidence/records.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';

export const SECRETS_ASKS = 'No log tells a secret: no token of a user, none of the secrets that were made for the run.';

/** `promised`: that somebody would look, by the manifest. */
export function secrets(session: readonly Mark[] = [], promised: Manifest['logsSearched'] = false): Judgement | undefined {
  const looks = session.filter(({ kind, name }) => kind === 'mark' && name === 'secrets-sought');
  const [look] = looks;
  const staged = session.some(({ kind, name }) => kind === 'mark' && name === 'staged');
  if (!look) return promised && staged ? unsure('nobody looked through the logs') : undefined;
  const { files, lines, told, where, secrets: names } = look.detail ?? {};
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (looks.length > 1 || !isCount(files) || !isCount(lines) || !isCount(told) || !Array.isArray(where) || !Array.isArray(names))
    return unsure('nobody can tell what was looked for in the logs');
  if (lines === 0) return unsure('there was no log to look into');
  const examples = where.map(String);
  const found = { wrong: told, checked: lines, unit: 'lines', examples };
  if (told > 0)
    return noneOf('fail', {
      ...found,
      because: `${counted(told, 'line')} of the logs tell a secret, first: ${examples[0] ?? 'unknown where'}`,
    });
  return noneOf('pass', {
    ...found,
    because: `${counted(lines, 'line')} of ${counted(files, 'log')} hold none of ${counted(names.length, 'secret')}`,
  });
}
