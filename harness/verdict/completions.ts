/**
 * Who sets the denominator: what was planned was sent, what was sent was answered for exactly once, and an acknowledgement names
 * the event it promises. What the harness lost makes it `unsure`; what the system answered wrongly, `fail`. Asked of every experiment.
 */
import type { Invoke, Op, Plan } from '../evidence/records.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import { counted, type Judgement, noneOf, skipped, unsure } from './judgement.ts';

/** One thing that is not as it should be: how many there are of it, and the first of them. */
interface Wrong {
  readonly because: string;
  readonly examples: readonly string[];
}

export function completions(evidence: ExperimentEvidence): Judgement {
  const { plans, invokes, ops } = evidence;
  if (invokes === undefined) return unsure('invokes.ndjson is missing, so nobody knows what was sent');
  if (plans === undefined) return unsure('plans.ndjson is missing, so nobody knows what was to be sent');
  if (ops === undefined && invokes.length > 0) return unsure('ops.ndjson is missing, so nobody knows how requests ended');
  if (invokes.length === 0 && plans.length === 0 && !ops?.length) return skipped('no request was planned or sent');
  const all = ops ?? [];
  const asked = new Map(invokes.map((invoke) => [invoke.id, invoke]));
  const brokenOff = endOf(evidence);
  // Of what was broken off nobody can say that it would never have succeeded.
  const wrong = [
    ...(brokenOff ? [] : neverSucceeded(all, asked)),
    ...nameless(evidence, all, asked),
    ...shared(all, asked),
    ...others(evidence, all),
  ];
  const lost = [
    ...unmatched(invokes, all, asked),
    ...undeclared(plans, invokes),
    ...unplanned(evidence, plans, invokes),
    ...unseen(evidence, all),
  ];
  const found = { checked: invokes.length, unit: 'requests' };
  const told = [...wrong, ...lost].map(({ because }) => because);
  const examples = [...wrong, ...lost].flatMap((one) => one.examples.slice(0, 3));
  if (wrong.length > 0) return noneOf('fail', { ...found, wrong: wrong.length, examples, because: told.join('; ') });
  if (lost.length > 0 || brokenOff) {
    const because = [...(brokenOff ? [brokenOff] : []), ...told].join('; ');
    return noneOf('unsure', { ...found, wrong: lost.length, examples, because });
  }
  const planned = plans.some(({ arrivals }) => arrivals !== undefined) ? ' as planned' : '';
  return noneOf('pass', {
    ...found,
    wrong: 0,
    examples: [],
    because: `${counted(invokes.length, 'request')} sent${planned}, each answered for once, and every promised event named`,
  });
}

/** A workload that ended in an orderly way says so. */
const endOf = ({ marks }: ExperimentEvidence): string | undefined =>
  marks?.some(({ kind, name }) => kind === 'mark' && name === 'workload-end')
    ? undefined
    : 'the workload did not go to its end (no mark workload-end)';

const about = ({ what, key, invoke, eventId }: Op): string =>
  `${what} ${key ?? '(no key)'}${eventId ? `, event ${eventId}` : ''}, request ${invoke ?? '(none)'}`;

/** Nothing that was sent may vanish, and nothing may be answered that was not sent: both are the harness's own loss. */
function unmatched(invokes: readonly Invoke[], ops: readonly Op[], asked: ReadonlyMap<string, Invoke>): Wrong[] {
  const ends = new Map<string, number>();
  for (const { invoke = '' } of ops) ends.set(invoke, (ends.get(invoke) ?? 0) + 1);
  const open = invokes.filter(({ id }) => !ends.has(id));
  const twice = [...ends].filter(([id, times]) => asked.has(id) && times > 1);
  const strange = ops.filter(({ invoke, who, what }) => {
    const sent = asked.get(invoke ?? '');
    return sent === undefined || sent.who !== who || sent.what !== what;
  });
  return [
    ...some(
      open,
      (n) => `of ${counted(n, 'request')} nobody knows how they ended`,
      ({ what, id }) => `${what}, request ${id}`,
    ),
    ...some(
      twice,
      (n) => `${counted(n, 'request')} ended more than once`,
      ([id, times]) => `request ${id}: ${times} ends`,
    ),
    ...some(strange, (n) => `${counted(n, 'end')} without a request that was sent`, about),
    ...(asked.size < invokes.length
      ? [{ because: `${invokes.length - asked.size} ids of requests are not their own`, examples: [] }]
      : []),
  ];
}

/** A check asks one thing after the other (`journey`); whatever sends more than that says before how much. */
function undeclared(plans: readonly Plan[], invokes: readonly Invoke[]): Wrong[] {
  const planned = new Set(plans.map(({ who }) => who));
  const without = [...new Set(invokes.map(({ who }) => who))].filter((who) => who !== 'journey' && !planned.has(who));
  return without.map((who) => ({ because: `${who} never said what it would send (no plan)`, examples: [] }));
}

/** Of an open model every arrival was sent or counted as dropped; of a closed one there was something. */
function unplanned({ samples }: ExperimentEvidence, plans: readonly Plan[], invokes: readonly Invoke[]): Wrong[] {
  const wrong: Wrong[] = [];
  const tell = (because: string) => wrong.push({ because, examples: [] });
  const sentBy = new Map<string, number>();
  for (const { who, what } of invokes) sentBy.set(`${who} ${what}`, (sentBy.get(`${who} ${what}`) ?? 0) + 1);
  for (const [who, own] of Map.groupBy(plans, (plan) => plan.who)) {
    const dropped = (samples ?? [])
      .filter(({ metric, labels }) => metric === 'generator_dropped_iterations' && labels['generator'] === who)
      .reduce((most, { value }) => Math.max(most, value), 0);
    let missing = 0;
    for (const [what, ofKind] of Map.groupBy(own, (plan) => plan.what)) {
      const sent = sentBy.get(`${who} ${what}`) ?? 0;
      const arrivals = ofKind.reduce((sum, plan) => sum + (plan.arrivals ?? 0), 0);
      if (sent === 0 && arrivals === 0) tell(`${who} was to send ${what}, and sent none`);
      if (ofKind.every((plan) => plan.arrivals !== undefined)) {
        missing += Math.max(0, arrivals - sent);
        // After a dropped one, the generator's count of its own arrivals runs behind.
        if (sent > arrivals && dropped === 0) tell(`${who} sent ${sent} ${what}, and ${arrivals} were planned`);
      } else if (sent < arrivals) missing += arrivals - sent;
    }
    if (missing > dropped)
      tell(`${counted(missing - dropped, 'arrival')} that ${who} had planned were neither sent nor counted as dropped`);
  }
  return wrong;
}

/** A kind of operation that was never acknowledged was not tried out, however well the others did. */
function neverSucceeded(ops: readonly Op[], asked: ReadonlyMap<string, Invoke>): Wrong[] {
  const expected = (op: Op) => asked.get(op.invoke ?? '')?.expects;
  const kinds = Map.groupBy(
    ops.filter((op) => expected(op) !== 'refusal'),
    ({ what }) => what,
  );
  const dead = [...kinds].filter(([, ofKind]) => ofKind.every(({ type }) => type !== 'ok'));
  return [
    ...dead.map(([what, ofKind]) => ({
      because: `of ${counted(ofKind.length, 'request')} ${what} none succeeded (${answersOf(ofKind)})`,
      examples: ofKind.map((op) => `${about(op)}: ${op.error ?? op.status ?? op.type}`),
    })),
    ...some(
      ops.filter((op) => op.type === 'ok' && expected(op) === 'refusal'),
      (n) => `${counted(n, 'request')} that should have been refused ${n === 1 ? 'was' : 'were'} acknowledged`,
      about,
    ),
  ];
}

function answersOf(ops: readonly Op[]): string {
  const counts = [...Map.groupBy(ops, ({ status, type }) => status || type)].map(
    ([answer, such]) => `${such.length} × ${answer}`,
  );
  return counts.join(', ');
}

/** An acknowledged change that names no event is in nobody's count of what must arrive. */
function nameless({ system }: ExperimentEvidence, ops: readonly Op[], asked: ReadonlyMap<string, Invoke>): Wrong[] {
  const promises = (op: Op) =>
    op.eventType !== undefined ||
    asked.get(op.invoke ?? '')?.eventType !== undefined ||
    (system !== undefined && Object.hasOwn(system.changes, op.what));
  const changes = ops.filter((op) => op.type === 'ok' && promises(op) && asked.get(op.invoke ?? '')?.expects !== 'refusal');
  return some(
    changes.filter(({ eventId }) => !eventId),
    (n) => `${n} of ${counted(changes.length, 'acknowledged change')} named no event`,
    about,
  );
}

/** One event can't be the answer to two requests, unless they were one. */
function shared(ops: readonly Op[], asked: ReadonlyMap<string, Invoke>): Wrong[] {
  const named = ops.filter(({ type, eventId }) => type === 'ok' && eventId);
  const several = [...Map.groupBy(named, ({ eventId }) => eventId)].filter(([, such]) => {
    const keys = such.map((op) => asked.get(op.invoke ?? '')?.idempotencyKey);
    return new Set(such.map(({ invoke }) => invoke)).size > 1 && (keys[0] === undefined || keys.some((key) => key !== keys[0]));
  });
  return some(
    several,
    (n) => `${counted(n, 'event')} ${n === 1 ? 'was' : 'were'} named by more than one acknowledgement`,
    ([eventId, such]) => `event ${eventId}: ${such.map(about).join(' and ')}`,
  );
}

/** What an acknowledgement names is about the entity it was asked to change, and of the type it promised. */
function others({ outbox, records, system }: ExperimentEvidence, ops: readonly Op[]): Wrong[] {
  const made = new Map<string, { readonly key: string | null; readonly type: unknown }>();
  // The system's own book says it best; the broker, where there is none.
  for (const { eventId, key, eventType } of outbox ?? []) made.set(eventId, { key, type: eventType });
  const written = new Set(made.keys());
  for (const record of records ?? []) {
    const { id, key } = record;
    if (id === null || written.has(id)) continue;
    made.set(id, { key, type: system && (record.event as Record<string, unknown> | null)?.[system.events.type] });
  }
  const strangers = ops.flatMap((op) => {
    const event = op.type === 'ok' && op.eventId ? made.get(op.eventId) : undefined;
    if (!event) return [];
    if (op.key !== undefined && event.key !== null && event.key !== op.key) return [`${about(op)}: it is about ${event.key}`];
    if (op.eventType !== undefined && typeof event.type === 'string' && event.type !== op.eventType)
      return [`${about(op)}: it is ${event.type}, not ${op.eventType}`];
    return [];
  });
  return some(strangers, (n) => `${counted(n, 'acknowledgement')} named another's event`, String);
}

/** Where events were promised and nobody looked for them, nobody knows whose they are. */
const unseen = ({ outbox, records }: ExperimentEvidence, ops: readonly Op[]): Wrong[] =>
  outbox === undefined && records === undefined && ops.some(({ type, eventId }) => type === 'ok' && eventId)
    ? [{ because: 'outbox.ndjson and records.ndjson are missing, so nobody knows whose events were named', examples: [] }]
    : [];

function some<T>(found: readonly T[], because: (n: number) => string, example: (one: T) => string): Wrong[] {
  return found.length === 0 ? [] : [{ because: because(found.length), examples: found.slice(0, 10).map(example) }];
}
