/** What to tell a person about an answer that was not a success. Pure. */

/**
 * @typedef {import('../../../contracts/types.ts').Problem} Problem
 * @typedef {{ type: 'ok', status: number, value: any } | { type: 'fail', status: number, problem: Problem | null }
 *   | { type: 'unsure', status: number, problem: Problem | null }} Outcome
 */

/** These say themselves that the request may have been done all the same. */
const unknownTypes = new Set(['urn:problem:deadline-exceeded', 'urn:problem:backend-timeout']);

/**
 * A refusal is certain; a lost answer is not. Reading again is always safe, so only changes can be unsure.
 * @param {string} method @param {number} status @param {Problem | null} problem
 */
export function isUnsure(method, status, problem) {
  if (method === 'GET') return false;
  return status === 500 || status === 502 || status === 504 || (problem !== null && unknownTypes.has(problem.type));
}

/** @param {Outcome} outcome @returns {string} */
export function messageOf(outcome) {
  if (outcome.type === 'ok') return '';
  const { status, problem } = outcome;
  if (outcome.type === 'unsure') return 'The answer got lost: whether this was saved is not known.';
  if (status === 0) return 'The server can not be reached. Check your connection and try again.';
  if (status === 401) return 'Your session has ended. Sign in again to go on.';
  if (status === 412) return 'This was changed elsewhere since you opened it.';
  if (status === 429) return 'That was too much at once. Wait a moment and try again.';
  if (problem) return sentence(problem.detail || problem.title);
  return status >= 500 ? 'The server has a problem. Try again in a moment.' : `The server refused this (${status}).`;
}

/** Messages by the field they are about, for the control to show. @param {Outcome} outcome @returns {Record<string, string>} */
export function fieldMessages(outcome) {
  if (outcome.type === 'ok') return {};
  const entries = (outcome.problem?.errors ?? []).map(({ pointer, message }) => [pointer.split('/')[1] ?? '', sentence(message)]);
  return Object.fromEntries(entries.reverse());
}

/** @param {string} text */
function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? '' : '.');
}
