/**
 * What can be said to the rule-based assistant, as one table read from top to bottom. Pure: text and clock in, command
 * out. Each row carries examples; the help text and the tests are made from them.
 */
import type { Temporal } from 'temporal-polyfill';
import { type Reference, readReference } from './reference.ts';
import { readDuration, readWhen, readWindow, splitWhen, type When, type Window } from './when.ts';

export type Command =
  | { readonly do: 'create'; readonly title: string; readonly when: When | null; readonly priorityId?: number }
  | { readonly do: 'recurring' }
  | { readonly do: 'list'; readonly completed: boolean; readonly window?: Window }
  | { readonly do: 'complete' | 'delete'; readonly what: Reference }
  | { readonly do: 'postpone'; readonly what: Reference; readonly to: Postponement | null; readonly words: string }
  | { readonly do: 'show'; readonly what: Reference }
  | { readonly do: 'zone'; readonly name: string }
  | { readonly do: 'help' | 'greet' | 'unknown' | 'too-long' | 'yes' | 'never-mind' };

export type Postponement = { readonly when: When } | { readonly by: Temporal.Duration };

interface Intent {
  readonly pattern: RegExp;
  /** null: it only looked like it; the next row is asked. */
  read(groups: Readonly<Record<string, string | undefined>>, now: Temporal.ZonedDateTime): Command | null;
  readonly examples: readonly string[];
}

const textCharsMax = 1_000;
const noun = String.raw`(?:tasks?|to-?dos?|items?|reminders?)`;
const frequency =
  /\b(?:every|each) (?:other |\d+ )?(?:(?:week)?day|morning|evening|week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b|\b(?:daily|weekly|monthly|yearly)$/i;
const priorities: Readonly<Record<string, number>> = { urgent: 1, high: 2, normal: 3, low: 4 };

export const intents: readonly Intent[] = [
  {
    pattern: /^(?:help|what can you do|how does this work|commands)$/i,
    read: () => ({ do: 'help' }),
    examples: ['help'],
  },
  {
    // Before all that begins with the same verbs: "forget it" is no wish to delete anything.
    pattern:
      /^(?:no|nope|nothing|none|neither|stop|never ?mind|(?:don't|do not)(?: do (?:it|that))?|(?:forget|cancel|drop|leave|scrap)(?: about)?(?: (?:it|that|this|the question|what i said))|forget|cancel|not now|no,? thank(?:s| you)|no,? (?:leave|keep) it|keep it)(?: then)?$/i,
    read: () => ({ do: 'never-mind' }),
    examples: [],
  },
  {
    pattern: /^(?:yes|yep|yeah|sure|i'?m sure|i am sure|yes,? (?:do it|delete it|i'?m sure)|do it|go ahead|confirm(?:ed)?)$/i,
    read: () => ({ do: 'yes' }),
    examples: [],
  },
  {
    pattern: /^(?:(?:my|set(?: my)?|use(?: the)?) )?time ?zone(?: is| to|:)? (?<name>[\w/+-]{1,64})$/i,
    read: ({ name = '' }) => ({ do: 'zone', name }),
    examples: ['my time zone is Europe/Berlin'],
  },
  {
    pattern: new RegExp(
      `^(?:(?:add|create|make|new|remember|note)(?: me)?(?: an?| the)?(?: new)?(?: ${noun})?(?: called| named| titled| to)?:?|remind me|(?:i )?(?:need|have|want) to|i must|don't let me forget(?: to)?|${noun}:) (?<body>.+)$`,
      'i',
    ),
    read: ({ body = '' }, now) => toCreate(body, now),
    examples: ['add buy milk tomorrow at 9', 'remind me to call mom in 2 hours'],
  },
  {
    pattern: new RegExp(
      `^(?:list|show|display|view|get|see|what are|what's on|what is on)(?: me)?(?: all)?(?: of)?(?: my| the)?(?: (?<state>open|done|completed|finished))?(?: (?<window>overdue))?(?: ${noun}| everything| all| list| to-?do list)(?: (?:due )?(?<due>.+))?$`,
      'i',
    ),
    read: ({ state, window, due }, now) => toList(state, window ?? due, now),
    examples: ['list my tasks', 'show my done tasks'],
  },
  {
    pattern:
      /^(?:what(?:'s| is| are)?|which tasks are|show(?: me)?|list|anything|is anything)(?: (?:my|the|all))?(?: tasks)? ?(?:(?<window>overdue)|due(?: (?<due>.+))?)$/i,
    read: ({ window, due }, now) => toList(undefined, window ?? due, now),
    examples: ['what is due today', 'what is due this week', 'what is overdue'],
  },
  {
    pattern: /^what (?:do|must|should) i (?:have to |need to )?(?:do|have)(?: (?<due>.+))?$/i,
    read: ({ due }, now) => toList(undefined, due, now),
    examples: [],
  },
  {
    pattern: new RegExp(`^(?:my |open |all )*(?:${noun}|list)$`, 'i'),
    read: () => ({ do: 'list', completed: false }),
    examples: [],
  },
  {
    pattern:
      /^(?:complete|finish|close|(?:i(?:'m| am| have)? )?(?:done|did|finished|completed)(?: with)?:?|check off|tick off|mark(?=.+ (?:done|complete|completed|finished|off)$)) (?!(?:you|he|she|they|we|i|anybody|anyone|someone|somebody)\b)(?<what>.+?)(?: (?:as |is )?(?:done|complete|completed|finished|off))?$/i,
    read: ({ what = '' }) => withReference(what, (reference) => ({ do: 'complete', what: reference })),
    examples: ['complete 2', 'finish #17', 'done with the milk'],
  },
  {
    pattern: /^(?<what>.+?) (?:is|are) (?:done|complete|completed|finished)$/i,
    read: ({ what = '' }) => withReference(what, (reference) => ({ do: 'complete', what: reference })),
    examples: ['the second one is done'],
  },
  {
    pattern:
      /^(?:postpone|move|reschedule|delay|push|shift|snooze|defer)(?: back)? (?<what>.+?)(?: (?<word>to|by|until|till|for) (?<to>.+))?$/i,
    read: toPostpone,
    examples: ['postpone it to friday at 5pm', 'move the milk by 2 days'],
  },
  {
    pattern: /^(?:delete|remove|cancel|drop|erase|discard|forget(?: about)?) (?<what>.+)$/i,
    read: ({ what = '' }) => withReference(what, (reference) => ({ do: 'delete', what: reference })),
    examples: ['delete the last one', 'remove #17'],
  },
  {
    pattern: /^(?:show |what is |what's )?(?<what>.+)$/i,
    // Words alone are no reference: "milk" may mean anything.
    read: ({ what = '' }) =>
      withReference(what, (reference) => (reference.by === 'words' ? null : { do: 'show', what: reference })),
    examples: [],
  },
  {
    pattern: /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks|thank you|thx|ok|okay|great|bye)\b.{0,40}$/i,
    read: () => ({ do: 'greet' }),
    examples: [],
  },
];

export function commandOf(text: string, now: Temporal.ZonedDateTime): Command {
  if (text.length > textCharsMax) return { do: 'too-long' };
  const plain = plainText(text);
  for (const { pattern, read } of intents) {
    const match = pattern.exec(plain);
    const command = match && read(match.groups ?? {}, now);
    if (command) return command;
  }
  return { do: 'unknown' };
}

/** One line, straight quotes, without courtesies and the final mark. */
function plainText(text: string): string {
  return text
    .replace(/[“”„]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!?]+$/, '')
    .replace(/^(?:(?:hey|hi|hello|ok|okay|now|and|then|please),? )*(?:(?:can|could|would|will) you )?(?:please )?(?=.)/i, '')
    .replace(/,? (?:please|thanks|thank you)$/i, '')
    .trim();
}

function toCreate(body: string, now: Temporal.ZonedDateTime): Command {
  const quoted = /^"(?<title>[^"]+)"(?: (?<rest>.+))?$/.exec(body)?.groups;
  if (quoted) {
    const when = quoted.rest === undefined ? null : readWhen(quoted.rest, now);
    if (quoted.rest === undefined || when) return { do: 'create', title: quoted.title ?? '', when };
  }
  if (frequency.test(body)) return { do: 'recurring' };
  const ranked = /^(?<body>.+?),? (?:with |as )?(?<priority>urgent|high|normal|low)(?: priority)$/i.exec(body)?.groups;
  const { rest, when } = splitWhen((ranked?.body ?? body).replace(/ (?:to|on) (?:my|the) (?:to-?do )?(?:list|tasks)$/i, ''), now);
  const title = rest
    .replace(/^(?:to|about|that|of) (?=.)/i, '')
    .replace(/[,;:]$/, '')
    .trim();
  const priorityId = priorities[ranked?.priority?.toLowerCase() ?? ''];
  return { do: 'create', title, when, ...(priorityId !== undefined && { priorityId }) };
}

function toList(state: string | undefined, due: string | undefined, now: Temporal.ZonedDateTime): Command | null {
  const completed = state !== undefined && state.toLowerCase() !== 'open';
  if (due === undefined) return { do: 'list', completed };
  const window = readWindow(due.replace(/^(?:that are |which are )?due /i, ''), now);
  return window && { do: 'list', completed, window };
}

function toPostpone(groups: Readonly<Record<string, string | undefined>>, now: Temporal.ZonedDateTime): Command | null {
  const { what = '', word, to: words = '' } = groups;
  return withReference(what, (reference) => {
    const by = word === 'by' || word === 'for' ? readDuration(words) : null;
    const when = by ? null : readWhen(words, now);
    return { do: 'postpone', what: reference, to: by ? { by } : when && { when }, words: by ? `by ${words}` : words };
  });
}

/** How an answer to "which one?" finds its way back to what was asked for. */
export const postponementOf = (words: string, now: Temporal.ZonedDateTime): Postponement | null => {
  const by = words.startsWith('by ') ? readDuration(words.slice(3)) : null;
  const when = by ? null : readWhen(words, now);
  return by ? { by } : when && { when };
};

function withReference(text: string, command: (reference: Reference) => Command | null): Command | null {
  const reference = readReference(text);
  return reference && command(reference);
}
