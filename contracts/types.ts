/**
 * Generated from the JSON Schemas beside it by `npm run generate`; do not edit. Types only.
 * A reader ignores fields that are not here: a later minor version may add some.
 */

/**
 * Event published when task state changes. v1.2 adds the origin of a generated task, and the revision.
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
    tags?: string[];
    /**
     * Minutes before the due date
     */
    reminder_lead_minutes?: number[];
    /**
     * The recurring template it was made from
     */
    template_id?: number | null;
    occurrence_at?: string | null;
    /**
     * Rises by one with each change: a screen ignores what is older than it has
     */
    revision?: number;
  };
}

/**
 * Event published when a task's reminder is due, and when it was sent or failed. v1.2 adds how the delivery went.
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
    /**
     * The event_id of the reminder.due that began it
     */
    reminder_id?: string;
    lead_minutes?: number;
    /**
     * Of reminder.sent and reminder.failed
     */
    channel?: 'email' | 'push' | 'sms';
    attempts?: number;
    /**
     * Of reminder.failed: why it was given up
     */
    reason?: string;
  };
}

/**
 * A conversation as it is kept under conversation:{user_id}:{session_id} in the state store (FR-010, FR-011).
 */
export interface ConversationState {
  user_id: string;
  session_id: string;
  /**
   * Oldest first, bounded: what fell off is told in context.summary
   */
  messages: {
    /**
     * Makes merging after an outage idempotent
     */
    id: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    timestamp: string;
    /**
     * Tasks this answer made, changed or listed: a repeated request gets the same answer
     */
    task_ids?: number[];
  }[];
  context: {
    /**
     * Tasks talked about, newest first
     */
    task_ids: number[];
    preferences: {
      /**
       * IANA name; what `tomorrow at 9` is read in. Without one: UTC
       */
      time_zone?: string;
    };
    /**
     * The numbered list shown last, in its order: what `the second one` points at
     */
    listed_ids?: number[];
    /**
     * What the assistant asked back about last, so that `2` is an answer; null: nothing
     */
    asked?: {
      verb: 'complete' | 'delete' | 'postpone';
      /**
       * In the user's words
       */
      when?: string;
      /**
       * Whether this one really: `yes` is an answer, a number is none
       */
      task_id?: number;
    } | null;
    /**
     * The time of the answer that each of these is of: what comes in late does not change what is newer
     */
    changed_at?: {
      task_ids?: string;
      listed_ids?: string;
      asked?: string;
      preferences?: string;
    };
    /**
     * What the messages that fell off were about
     */
    summary?: string;
    /**
     * The time of the newest message that fell off: what is not newer is merged into the summary
     */
    summarised_until?: string;
    summarised_count?: number;
  };
  created_at: string;
  updated_at: string;
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
  /**
   * 1 urgent, 2 high, 3 normal, 4 low
   */
  priority_id: number | null;
  due_date: string | null;
  tags: string[];
  /**
   * Minutes before the due date
   */
  reminder_lead_minutes: number[];
  /**
   * The recurring template it was made from
   */
  template_id: number | null;
  /**
   * Which occurrence of the template it is
   */
  occurrence_at: string | null;
  /**
   * Rises by one with each change; the ETag is this number in quotes
   */
  revision: number;
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
   * 1 urgent, 2 high, 3 normal, 4 low
   */
  priority_id?: number | null;
  due_date?: string | null;
  /**
   * In the order given; none twice
   *
   * @maxItems 20
   */
  tags?: string[];
  /**
   * Minutes before the due date at which to remind; default one hour. Empty: never.
   *
   * @maxItems 5
   */
  reminder_lead_minutes?: number[];
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
   * 1 urgent, 2 high, 3 normal, 4 low
   */
  priority_id?: number | null;
  due_date?: string | null;
  /**
   * In the order given; none twice
   *
   * @maxItems 20
   */
  tags?: string[];
  /**
   * Minutes before the due date at which to remind; default one hour. Empty: never.
   *
   * @maxItems 5
   */
  reminder_lead_minutes?: number[];
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
 * A recurring task template as the API answers it. Clients ignore fields they do not know.
 */
export interface Template {
  id: number;
  user_id: string;
  title: string;
  description: string | null;
  priority_id: number | null;
  tags: string[];
  /**
   * Minutes before the due date
   */
  reminder_lead_minutes: number[];
  /**
   * RFC 5545
   */
  rrule: string;
  time_zone: string;
  /**
   * Local time in time_zone
   */
  starts_at: string;
  due_after_minutes: number;
  paused: boolean;
  /**
   * null: there is none any more, or it is paused
   */
  next_occurrence: string | null;
  /**
   * Tasks made of it
   */
  generated_count: number;
  /**
   * Occurrences missed while nothing ticked, beyond the newest ones (ten unless configured otherwise), which are made up for
   */
  skipped_count: number;
  /**
   * Rises by one with each change of its owner, not with its occurrences; the ETag is this number in quotes
   */
  revision: number;
  created_at: string;
  updated_at: string;
}

/**
 * What a client sends to create a recurring task template: a shorthand or a rule, not both.
 */
export type TemplateCreate = {
  /**
   * No NUL: a Postgres text cannot hold one
   */
  title: string;
  description?: string | null;
  /**
   * 1 urgent, 2 high, 3 normal, 4 low
   */
  priority_id?: number | null;
  /**
   * In the order given; none twice
   *
   * @maxItems 20
   */
  tags?: string[];
  /**
   * Minutes before the due date at which to remind; default one hour. Empty: never.
   *
   * @maxItems 5
   */
  reminder_lead_minutes?: number[];
  /**
   * Shorthand for a rule; stored and answered as that rule. monthly from the 29th, 30th or 31st on takes the last day of a shorter month.
   */
  recurrence?: 'daily' | 'weekly' | 'monthly';
  /**
   * RFC 5545 in minutes or coarser, without DTSTART, e.g. FREQ=MONTHLY;BYMONTHDAY=-1. Parts: FREQ, INTERVAL, COUNT (to 500), UNTIL (UTC), BYMONTH, BYYEARDAY, BYMONTHDAY, BYDAY, BYHOUR, BYMINUTE, BYSETPOS, WKST. A date or time that does not exist (February 30, or in a night when clocks go forward) is no occurrence; a time that exists twice is meant once, the first.
   */
  rrule?: string;
  /**
   * IANA time zone, e.g. Europe/Berlin
   */
  time_zone: string;
  /**
   * From when on, in the template's own time zone, without an offset. It gives the time of day, and is the first occurrence if it matches the rule. A moment that clocks there never show is refused. Occurrences before the template is made are not made up for.
   */
  starts_at: string;
  /**
   * How long after its occurrence a generated task is due
   */
  due_after_minutes?: number;
} & (
  | {
      recurrence: unknown;
    }
  | {
      rrule: unknown;
    }
);

/**
 * What a client sends to change a template: only the fields that change.
 */
export interface TemplatePatch {
  /**
   * No NUL: a Postgres text cannot hold one
   */
  title?: string;
  description?: string | null;
  /**
   * 1 urgent, 2 high, 3 normal, 4 low
   */
  priority_id?: number | null;
  /**
   * In the order given; none twice
   *
   * @maxItems 20
   */
  tags?: string[];
  /**
   * Minutes before the due date at which to remind; default one hour. Empty: never.
   *
   * @maxItems 5
   */
  reminder_lead_minutes?: number[];
  /**
   * Shorthand for a rule; stored and answered as that rule. monthly from the 29th, 30th or 31st on takes the last day of a shorter month.
   */
  recurrence?: 'daily' | 'weekly' | 'monthly';
  /**
   * RFC 5545 in minutes or coarser, without DTSTART, e.g. FREQ=MONTHLY;BYMONTHDAY=-1. Parts: FREQ, INTERVAL, COUNT (to 500), UNTIL (UTC), BYMONTH, BYYEARDAY, BYMONTHDAY, BYDAY, BYHOUR, BYMINUTE, BYSETPOS, WKST. A date or time that does not exist (February 30, or in a night when clocks go forward) is no occurrence; a time that exists twice is meant once, the first.
   */
  rrule?: string;
  /**
   * IANA time zone, e.g. Europe/Berlin
   */
  time_zone?: string;
  /**
   * From when on, in the template's own time zone, without an offset. It gives the time of day, and is the first occurrence if it matches the rule. A moment that clocks there never show is refused. Occurrences before the template is made are not made up for.
   */
  starts_at?: string;
  /**
   * How long after its occurrence a generated task is due
   */
  due_after_minutes?: number;
  /**
   * Occurrences while paused are neither made nor counted; resumed, it goes on from then
   */
  paused?: boolean;
}

/**
 * One page of a user's recurring task templates.
 */
export interface TemplatePage {
  items: Template[];
  /**
   * Opaque; ask for the next page with it. null: this is the last page.
   */
  next_cursor: string | null;
}

/**
 * A conversation as the API answers it.
 */
export interface ChatSession {
  session_id: string;
  messages: {
    id: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    timestamp: string;
  }[];
  /**
   * The state store is away: this replica answers from its memory and merges it back later
   */
  degraded: boolean;
  created_at: string;
  updated_at: string;
}

/**
 * How a conversation begins. The body may be left out.
 */
export interface ChatSessionCreate {
  /**
   * IANA name, e.g. Europe/Berlin: what `tomorrow at 9` is read in. Default UTC
   */
  time_zone?: string;
}

/**
 * What a user says to the assistant.
 */
export interface ChatMessageCreate {
  content: string;
}

/**
 * The assistant's answer to one message.
 */
export interface ChatAnswer {
  session_id: string;
  message: {
    id: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    timestamp: string;
  };
  /**
   * Tasks this answer made, changed or listed
   */
  task_ids: number[];
  degraded: boolean;
}

/**
 * How a user wants to be reminded.
 */
export interface Preferences {
  user_id: string;
  email: string | null;
  channels: ('email' | 'push')[];
  /**
   * How many browsers are subscribed
   */
  push_subscriptions: number;
  updated_at: string | null;
}

/**
 * What a client sends to set how a user is reminded.
 */
export interface PreferencesPut {
  email: string | null;
  channels: ('email' | 'push')[];
}

/**
 * A browser's PushSubscription as its toJSON() gives it.
 */
export interface PushSubscriptionCreate {
  endpoint: string;
  keys: {
    p256dh: string;
    auth: string;
  };
  [k: string]: unknown;
}

/**
 * What happened to a user's tasks, newest first.
 */
export interface NoticePage {
  items: {
    event_id: string;
    event_type: string;
    task_id: number;
    title: string;
    created_at: string;
  }[];
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
