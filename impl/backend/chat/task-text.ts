/** Tasks in the words of an answer. */
import type { Task } from '#contracts/types.ts';
import { momentText } from './when.ts';

const titlePointsMax = 80;

/** `“Buy milk” (#5)`. */
export const named = (task: Task): string => `“${short(task.title)}” (#${task.id})`;

/** Numbered from 1, one a line. */
export const listed = (tasks: readonly Task[], timeZone: string): string =>
  tasks
    .map((task, index) => {
      const due = task.due_date === null ? '' : `, due ${momentText(new Date(task.due_date), timeZone)}`;
      return `${index + 1}. ${named(task)}${due}${task.completed ? ', done' : ''}`;
    })
    .join('\n');

function short(title: string): string {
  const points = [...title.replace(/\s+/g, ' ')];
  return points.length <= titlePointsMax ? points.join('') : `${points.slice(0, titlePointsMax - 1).join('')}…`;
}
