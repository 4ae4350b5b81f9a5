/** The page's pure modules with the types that their comments claim: browsers run them as they are, so no compiler has looked. */
import type { Problem, Task, TaskEvent } from '#contracts/types.ts';

interface TaskSet {
  readonly entries: ReadonlyMap<number, { readonly task: Task; readonly seenAt: number }>;
  readonly tick: number;
}
interface View {
  readonly show: 'all' | 'open' | 'done';
  readonly q: string;
  readonly tag: string | null;
}
type Ids = ReadonlySet<number>;
type Outcome =
  | { readonly type: 'ok'; readonly status: number; readonly value: unknown }
  | { readonly type: 'fail' | 'unsure'; readonly status: number; readonly problem: Problem | null };

interface Merge {
  readonly noTasks: TaskSet;
  withTask(set: TaskSet, task: Task): TaskSet;
  withoutTask(set: TaskSet, id: number): TaskSet;
  withFirstPage(set: TaskSet, items: readonly Task[], askedAtTick: number): TaskSet;
  withEvent(set: TaskSet, event: TaskEvent): TaskSet;
  taskOfEvent(event: TaskEvent): Task | null;
  matches(view: View, task: Task): boolean;
  visible(set: TaskSet, view: View, how: { floorId: number; keep: Ids; hide: Ids }): Task[];
}
interface Format {
  localInputOf(iso: string | null): string;
  isoOfLocal(value: string): string | null;
  whenWords(iso: string, now: Date, how?: { locale?: string; timeZone?: string }): string;
  isOverdue(task: { due_date: string | null; completed: boolean }, now: Date): boolean;
  leadWords(minutes: number): string;
  tagsOf(text: string): string[];
  ruleWords(rrule: string): string;
}
interface ProblemWords {
  isUnsure(method: string, status: number, problem: Problem | null): boolean;
  messageOf(outcome: Outcome): string;
  fieldMessages(outcome: Outcome): Record<string, string>;
}

const page = (name: string): Promise<unknown> => import(`../../../../impl/frontend/page/${name}.js`);
export const merge = (await page('merge')) as Merge;
export const format = (await page('format')) as Format;
export const problem = (await page('problem')) as ProblemWords;
