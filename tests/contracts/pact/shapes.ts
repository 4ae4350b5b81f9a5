/** Answers as the page needs them: an example, and by what another value may stand in its place. */
import { MatchersV3 } from '@pact-foundation/pact';

const { integer, string, boolean, regex, eachLike, uuid, nullValue } = MatchersV3;

/** Of every call in a pact: whoever verifies finds it again in the answers that repeat it. */
export const requestId = '5b1f6b0a-2f0e-4f3a-9a55-0c4f7f1e2d3c';
export const idempotencyKey = '0d9f0a52-6a5e-4c8e-8a44-6f1c5f0b7e11';
export const sessionId = '7c0b9c1e-5d0a-4f5e-9a1b-2f6d8c3e4a5b';
export const uuidPattern = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** Of the user whose states the providers set up. */
export const user = 'alice';

const moment = (example = '2026-11-20T08:00:00.000Z') => regex('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$', example);

/** What has no value in the provider's state has none in the answer: null is matched by null only. */
export const task = (over: Record<string, unknown> = {}) => ({
  id: integer(1),
  user_id: user,
  title: string('Water the plants'),
  description: string('The big one twice'),
  completed: false,
  priority_id: integer(2),
  due_date: moment('2036-01-02T09:00:00.000Z'),
  tags: eachLike('home'),
  reminder_lead_minutes: eachLike(integer(60)),
  template_id: nullValue(),
  occurrence_at: nullValue(),
  revision: integer(1),
  created_at: moment(),
  updated_at: moment(),
  ...over,
});

export const template = (over: Record<string, unknown> = {}) => ({
  id: integer(1),
  user_id: user,
  title: string('Take out the bins'),
  description: nullValue(),
  priority_id: nullValue(),
  tags: eachLike('home'),
  reminder_lead_minutes: eachLike(integer(60)),
  rrule: regex('^FREQ=.+$', 'FREQ=WEEKLY'),
  time_zone: string('Europe/Berlin'),
  starts_at: regex('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?$', '2036-01-07T07:00:00'),
  due_after_minutes: integer(0),
  paused: boolean(false),
  next_occurrence: moment('2036-01-07T06:00:00.000Z'),
  generated_count: integer(0),
  skipped_count: integer(0),
  revision: integer(1),
  created_at: moment(),
  updated_at: moment(),
  ...over,
});

export const chatMessage = (role: string, content: string) => ({
  id: uuid('1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d'),
  role,
  content: string(content),
  timestamp: moment(),
});

export const chatSession = (messages: unknown) => ({
  session_id: uuid(sessionId),
  messages,
  degraded: boolean(false),
  created_at: moment(),
  updated_at: moment(),
});

export const preferences = (over: Record<string, unknown> = {}) => ({
  user_id: user,
  email: string('alice@mail.example'),
  channels: ['email'],
  push_subscriptions: integer(0),
  updated_at: moment(),
  ...over,
});

export const notice = () => ({
  event_id: uuid('0193e1c0-3b5f-7a10-9d2e-8899aabbccdd'),
  event_type: string('task.created'),
  task_id: integer(1),
  title: string('Water the plants'),
  created_at: moment(),
});

/** The request's id in it shows that the header arrived: through two sidecars as well as without. */
export const problem = (status: number, type: string) => ({
  type: `urn:problem:${type}`,
  title: string('A sentence for people'),
  status,
  detail: string('What to do next'),
  request_id: requestId,
});

export const problemType = { 'Content-Type': regex('^application/problem\\+json(;.*)?$', 'application/problem+json') };
export const etag = (example = '"1"') => ({ ETag: regex('^"\\d+"$', example) });
export { boolean, eachLike, integer, moment, nullValue, regex, string, uuid };
