/**
 * Generated from the JSON Schemas beside it by `node tests/contracts/generate-types.ts`; do not edit. Types only.
 * A reader ignores fields that are not here: a later minor version may add some.
 */

/**
 * Event published when task state changes. Readers ignore fields they do not know: a later minor version adds some.
 */
export interface TaskEvent {
  /**
   * Unique identifier for this event instance
   */
  event_id: string;
  /**
   * Type of task event
   */
  event_type: 'task.created' | 'task.updated' | 'task.completed' | 'task.deleted';
  /**
   * ISO8601 timestamp when event occurred
   */
  timestamp: string;
  /**
   * Event schema version (e.g., v1.0)
   */
  version: string;
  /**
   * Full task object at time of event; on task.deleted its last state
   */
  data: {
    id: number;
    /**
     * The owner: the subject of their token
     */
    user_id: string;
    title: string;
    description?: string | null;
    completed: boolean;
    priority_id?: number | null;
    due_date?: string | null;
    created_at?: string;
    updated_at?: string;
  };
}

/**
 * Event published when task reminder is due. Readers ignore fields they do not know: a later minor version adds some.
 */
export interface ReminderEvent {
  /**
   * Unique identifier for this event instance
   */
  event_id: string;
  /**
   * Type of reminder event
   */
  event_type: 'reminder.due' | 'reminder.sent' | 'reminder.failed';
  /**
   * ISO8601 timestamp when event occurred
   */
  timestamp: string;
  /**
   * Event schema version (e.g., v1.0)
   */
  version: string;
  /**
   * Reminder details
   */
  data: {
    task_id: number;
    /**
     * The owner: the subject of their token
     */
    user_id: string;
    task_title: string;
    due_date: string;
    reminder_time: string;
    notification_channels?: ('email' | 'push' | 'sms')[];
  };
}

/**
 * A task as the API answers it. Clients ignore fields they do not know.
 */
export interface Task {
  id: number;
  /**
   * The owner: the subject of their token
   */
  user_id: string;
  title: string;
  description: string | null;
  completed: boolean;
  priority_id: number | null;
  due_date: string | null;
  created_at: string;
  updated_at: string;
}

/**
 * What a client sends to create a task. Closed: a misspelt field is an error, not a silent loss.
 */
export interface TaskCreate {
  /**
   * No NUL: a Postgres text cannot hold one
   */
  title: string;
  description?: string | null;
  /**
   * A Postgres integer
   */
  priority_id?: number | null;
  due_date?: string | null;
}

/**
 * What a client sends to change a task: only the fields that change; null empties one.
 */
export interface TaskPatch {
  /**
   * No NUL: a Postgres text cannot hold one
   */
  title?: string;
  description?: string | null;
  /**
   * A Postgres integer
   */
  priority_id?: number | null;
  due_date?: string | null;
  completed?: boolean;
}

/**
 * One page of a user's tasks.
 */
export interface TaskPage {
  items: Task[];
  /**
   * Opaque; ask for the next page with it. null: this is the last page.
   */
  next_cursor: string | null;
}

/**
 * Every answer that is not a success: application/problem+json (RFC 9457).
 */
export interface Problem {
  /**
   * Names the kind of problem; about:blank when the status says it all
   */
  type: string;
  /**
   * The same sentence for every problem of this type
   */
  title: string;
  /**
   * Repeats the HTTP status
   */
  status: number;
  /**
   * What went wrong this time, and what to do about it
   */
  detail: string;
  /**
   * Where it happened: the path of the request
   */
  instance?: string;
  /**
   * The X-Request-ID to search the logs for
   */
  request_id?: string;
  /**
   * One entry a wrong field
   */
  errors?: {
    /**
     * JSON Pointer (RFC 6901) into the request body; empty for the whole body
     */
    pointer: string;
    message: string;
  }[];
}
