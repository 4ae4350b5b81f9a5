/** Texts that Go will parse: durations, numbers, schedules. Each returns what is wrong, or `undefined`. */
import type { Key } from './dapr/from-contrib.ts';

const goDuration = /^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;

export function wrongDuration(text: string): string | undefined {
  return goDuration.test(text) ? undefined : `"${text}" is no duration; write it as 500ms, 30s, 5m or 1h30m`;
}

const truthy = ['y', 'yes', 'true', 't', 'on', '1'];
const falsy = ['n', 'no', 'false', 'f', 'off', '0', ''];

/** As kit's decoder reads metadata. */
export function wrongValue(text: string, { type, allowed }: Key): string | undefined {
  if (allowed && !allowed.some((one) => one.toLowerCase() === text.toLowerCase()))
    return `"${text}" is none of ${allowed.join(', ')}`;
  switch (type) {
    case 'bool':
      // Whatever is not truthy is false, "ture" and "enabled" among it.
      return [...truthy, ...falsy].includes(text.toLowerCase()) ? undefined : `"${text}" counts as false; write true or false`;
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? undefined : `"${text}" is no number`;
    case 'duration':
      // Many components take a bare number too, of the unit in their documentation.
      return Number.isFinite(Number(text)) && text !== '' ? undefined : wrongDuration(text);
    case 'bytesize':
      return /^\d+(?:\.\d+)?(?:[kKMGTPE]i?|[mun])?[bB]?$/.test(text)
        ? undefined
        : `"${text}" is no size; write it as 500Ki, 4Mi or 1G`;
    case undefined:
      return undefined;
  }
}

const names = (list: string) => new Map(list.split(' ').map((name, index) => [name, index]));
const fields = [
  { title: 'second', min: 0, max: 59 },
  { title: 'minute', min: 0, max: 59 },
  { title: 'hour', min: 0, max: 23 },
  { title: 'day of the month', min: 1, max: 31 },
  { title: 'month', min: 1, max: 12, names: names('- jan feb mar apr may jun jul aug sep oct nov dec') },
  { title: 'day of the week', min: 0, max: 6, names: names('sun mon tue wed thu fri sat') },
];
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** bindings.cron: five or six fields, a descriptor, `@every <duration>`, each with `CRON_TZ=<zone>` before it. */
export function wrongSchedule(text: string): string | undefined {
  const [, zone, rest = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(text.trim()) ?? [];
  if (zone !== undefined && !isZone(zone)) return `"${zone}" is no time zone; write it as Europe/Berlin`;
  const [, every] = /^@every\s+(.*)$/.exec(rest) ?? [];
  if (every !== undefined && zone !== undefined) return 'a time zone means nothing to @every, and daprd 1.18.3 refuses it';
  if (every !== undefined) return wrongDuration(every) ?? (every.startsWith('-') ? `"${every}" lies in the past` : undefined);
  if (rest.startsWith('@'))
    return descriptors.includes(rest) ? undefined : `there is no ${rest}, but ${descriptors.join(', ')} and @every 5m`;
  const parts = rest.split(/\s+/).filter(Boolean);
  if (parts.length !== 5 && parts.length !== 6)
    return `"${text}" has ${parts.length} fields; a schedule has 5, or 6 with seconds, or is @every 5m`;
  for (const [n, part] of parts.entries()) {
    const field = fields[n + 6 - parts.length] as (typeof fields)[number];
    if (!part.split(',').every((one) => isIn(one, field))) return `"${part}" is no ${field.title} (${field.min} to ${field.max})`;
  }
  return undefined;
}

function isIn(text: string, { min, max, names: known }: (typeof fields)[number]): boolean {
  const [, from, to, step] = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(text) ?? [];
  if (from === undefined || step === '0') return false;
  if (from === '*' || from === '?') return to === undefined;
  const number = (word: string) => (/^\d+$/.test(word) ? Number(word) : (known?.get(word.toLowerCase()) ?? Number.NaN));
  const [first, last] = [number(from), number(to ?? from)];
  return first >= min && last <= max && first <= last;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
