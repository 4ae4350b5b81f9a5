/** Values to words and back: dates, recurrences, lead times, tags. Pure: the moment, zone and language are given. */

export const priorities = /** @type {const} */ ([
  [1, 'Urgent'],
  [2, 'High'],
  [3, 'Normal'],
  [4, 'Low'],
]);

/** @param {number | null} id */
export const priorityWord = (id) => priorities.find(([each]) => each === id)?.[1] ?? '';

/** For `<input type="datetime-local">`, which has no zone of its own: the browser's. @param {string | null} iso */
export function localInputOf(iso) {
  if (iso === null) return '';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {string} value @returns {string | null} */
export function isoOfLocal(value) {
  const date = new Date(value);
  return value === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/**
 * "Today, 14:00", "Tomorrow, 09:30", "Mon 12 May, 10:00"; the year only when it is another one.
 * @param {string} iso @param {Date} now @param {{ locale?: string, timeZone?: string }} [how]
 */
export function whenWords(iso, now, { locale, timeZone } = {}) {
  const date = new Date(iso);
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = new Intl.DateTimeFormat(locale, { ...zone, hour: '2-digit', minute: '2-digit' }).format(date);
  const days = dayNumber(date, zone) - dayNumber(now, zone);
  const near = { '-1': 'Yesterday', 0: 'Today', 1: 'Tomorrow' }[String(days)];
  if (near) return `${near}, ${time}`;
  const yearOf = new Intl.DateTimeFormat('en', { ...zone, year: 'numeric' });
  const year = yearOf.format(date) === yearOf.format(now) ? {} : { year: /** @type {const} */ ('numeric') };
  const day = new Intl.DateTimeFormat(locale, { ...zone, ...year, weekday: 'short', day: 'numeric', month: 'short' });
  return `${day.format(date)}, ${time}`;
}

/** Days by the calendar of a zone, not by 24 hours. @param {Date} date @param {{ timeZone?: string }} zone */
function dayNumber(date, zone) {
  const parts = new Intl.DateTimeFormat('en-CA', { ...zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(date);
  return Date.parse(`${parts}T00:00:00Z`) / 86_400_000;
}

/** @param {{ due_date: string | null, completed: boolean }} task @param {Date} now */
export const isOverdue = (task, now) => !task.completed && task.due_date !== null && new Date(task.due_date) < now;

export const leadMinutesOffered = [0, 15, 60, 1440, 10080];

/** @param {number} minutes */
export function leadWords(minutes) {
  if (minutes === 0) return 'When due';
  for (const [size, word] of /** @type {const} */ ([
    [10080, 'week'],
    [1440, 'day'],
    [60, 'hour'],
  ])) {
    if (minutes % size === 0) return `${counted(minutes / size, word)} before`;
  }
  return `${counted(minutes, 'minute')} before`;
}

/** @param {number} n @param {string} word */
const counted = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** What a person types between commas: trimmed, none empty, none twice. @param {string} text */
export const tagsOf = (text) => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim().replace(/^#/, ''))
      .filter(Boolean),
  ),
];

const weekdays = { MO: 'Mon', TU: 'Tue', WE: 'Wed', TH: 'Thu', FR: 'Fri', SA: 'Sat', SU: 'Sun' };
const ordinals = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', '-1': 'last' };
const units = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year', HOURLY: 'hour', MINUTELY: 'minute' };

/** An RFC 5545 rule in words; a rule with parts we have no words for is shown as it is. @param {string} rrule */
export function ruleWords(rrule) {
  const parts = new Map(
    rrule
      .replace(/^RRULE:/, '')
      .split(';')
      .map((part) => /** @type {[string, string]} */ (part.split('='))),
  );
  const take = (/** @type {string} */ name) => {
    const value = parts.get(name);
    parts.delete(name);
    return value;
  };
  const unit = /** @type {Record<string, string>} */ (units)[take('FREQ') ?? ''];
  const every = Number(take('INTERVAL') ?? 1);
  const days = take('BYDAY')?.split(',').map(dayWords);
  const monthDays = take('BYMONTHDAY')
    ?.split(',')
    .map((day) => (day === '-1' ? 'the last day' : `day ${day}`));
  const count = take('COUNT');
  const until = take('UNTIL');
  take('WKST');
  if (!unit || parts.size > 0 || days?.includes('')) return rrule;
  const words = [every === 1 ? `Every ${unit}` : `Every ${every} ${unit}s`];
  if (days) words.push(`on ${days.join(', ')}`);
  if (monthDays) words.push(`on ${monthDays.join(', ')}`);
  if (count) words.push(`(${counted(Number(count), 'time')})`);
  if (until) words.push(`until ${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`);
  return words.join(' ');
}

/** @param {string} text "MO", "1MO", "-1FR" */
function dayWords(text) {
  const [, nth = '', name = ''] = /^([+-]?\d*)([A-Z]{2})$/.exec(text) ?? [];
  const day = /** @type {Record<string, string>} */ (weekdays)[name];
  if (!day || nth === '') return day ?? '';
  const ordinal = /** @type {Record<string, string>} */ (ordinals)[String(Number(nth))];
  return ordinal ? `the ${ordinal} ${day}` : '';
}
