/** What an assistant is: one turn of a conversation in, one answer out, and tasks only through the tools it is given. */
import type { Task } from '#contracts/types.ts';
import type { ChatMessage, ContextChanges, ConversationContext } from './conversation.ts';

export interface AssistantTurn {
  readonly userId: string;
  /** Oldest first, without the text to be answered. */
  readonly history: readonly ChatMessage[];
  readonly context: ConversationContext;
  readonly text: string;
  readonly now: Date;
  /** IANA name, known to be valid. */
  readonly timeZone: string;
}

export interface Answer extends ContextChanges {
  readonly text: string;
}

export interface Assistant {
  readonly name: string;
  answer(turn: AssistantTurn, tools: TaskTools): Promise<Answer>;
}

export interface NewTask {
  readonly title: string;
  readonly due?: Date;
  readonly priorityId?: number;
}

export interface TaskFilter {
  readonly completed?: boolean;
  /** Inclusive. */
  readonly dueFrom?: Date;
  /** Exclusive. */
  readonly dueBefore?: Date;
  readonly rowsMax: number;
}

/** One user's tasks. A task that is not there is null, never an error: asking for it is a normal thing to say. */
export interface TaskTools {
  create(task: NewTask): Promise<Task>;
  read(id: number): Promise<Task | null>;
  /** Newest first. */
  list(filter: TaskFilter): Promise<readonly Task[]>;
  /** Tasks whose title has all of these as whole words, open ones first. */
  find(words: readonly string[], rowsMax: number): Promise<readonly Task[]>;
  complete(id: number): Promise<Task | null>;
  postpone(id: number, due: Date): Promise<Task | null>;
  /** Gives the task as it was. */
  remove(id: number): Promise<Task | null>;
}
