/**
 * What evidence is made of: one line of NDJSON each. Times (`at`, `...At`) are milliseconds since the epoch on the
 * harness machine's clock, with fractions where the source has them.
 */

/** Jepsen's three outcomes. `unsure`: nobody knows whether it happened (a timeout, a broken connection, a 5xx). */
export type OpType = 'ok' | 'fail' | 'unsure';

/** What a workload set out to send, said before it sends any of it (plans.ndjson): the denominator is its own, not the system's. */
export interface Plan {
  readonly at: number;
  /** The client, as in `Op`. */
  readonly who: string;
  /** The kind of operation, as in `Op`. */
  readonly what: string;
  /** `open`: arrivals come when they are due; `closed`: each waits for the one before. */
  readonly model: 'open' | 'closed';
  /** How many in all; plans of one client and kind add up. */
  readonly arrivals?: number;
  readonly ratePerS?: number;
  /** The most that can be under way at once. */
  readonly concurrency?: number;
  readonly warmup?: boolean;
}

/** One request that is about to be sent (invokes.ndjson), written before it is: whatever becomes of it, it was there. */
export interface Invoke {
  /** Unique in the experiment. */
  readonly id: string;
  readonly at: number;
  readonly intendedAt: number;
  readonly who: string;
  readonly what: string;
  readonly key?: string;
  /** The event type that an acknowledgement promises. */
  readonly eventType?: string;
  /** `refusal`: it is a good answer that is none; an acknowledgement would be wrong. */
  readonly expects?: 'refusal';
  /** Those that share one ask for the same thing, and may be answered with the same event. */
  readonly idempotencyKey?: string;
  readonly warmup?: boolean;
}

/** One request a user made of the system, and how it ended (ops.ndjson): exactly one for each `Invoke`. */
export interface Op {
  /** The id of its `Invoke`; absent in evidence from before there were any. */
  readonly invoke?: string;
  /** When the answer came, or when the client gave up. */
  readonly at: number;
  /** When the arrival schedule wanted it sent; equals `startedAt` for closed-loop workloads. */
  readonly intendedAt: number;
  readonly startedAt: number;
  /** The client: `journey`, `k6`. */
  readonly who: string;
  /** `create` | `read` | `list` | `update` | `complete` | `delete`, or another verb of the workload. */
  readonly what: string;
  readonly type: OpType;
  /** The id of the event this operation promised (in a header that `system.yaml` names). */
  readonly eventId?: string;
  /** The event type it promised, e.g. `task.created`. */
  readonly eventType?: string;
  /** The entity key, e.g. the task id as text. */
  readonly key?: string;
  readonly status?: number;
  readonly error?: string;
  /** Set during warm-up: kept, plotted, never counted. */
  readonly warmup?: boolean;
}

/** One answer as the client got it (answers.ndjson): enough to hold it against the HTTP contract. A sample, not all. */
export interface AnswerSeen {
  readonly at: number;
  /** The workload's word for the request, as in `Op`. */
  readonly what: string;
  readonly method: string;
  /** As it was sent, without the query: the contract's templates are matched by the judge. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** By lower-cased name, long values shortened; absent where nobody kept them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It is not what its content type says: such answers are a kind of their own among the sample. */
  readonly unreadable?: true;
  readonly bodyBytes: number;
  /** As it came; absent when it was longer than a sample may be. */
  readonly body?: string;
}

/** A moment of the experiment (journal.ndjson). Windows are cut from these, never from a plan. */
export interface Mark {
  readonly at: number;
  readonly kind:
    | 'mark'
    | 'arm-in'
    | 'arm-out'
    | 'fault-in'
    | 'injected'
    | 'not-injected'
    | 'fault-out'
    | 'healed'
    | 'not-healed'
    | 'control'
    | 'crash'
    | 'broke'
    | 'note';
  /**
   * `mark`: quiet or not-quiet (before anything is asked), experiment-start, workload-start, measured-start, measured-end,
   * workload-end, settled, settle-gave-up, collected, journal-end (how many rows each file got). Of what a workload does beside its
   * requests: `asked` `{ type, key }`, a change that was asked for by other means; `poison` `{ topic, id }`, a record that nobody can
   * read, and `planted` `{ topic, idPrefix }`, records for nobody, both put on a topic past all outboxes.
   * `arm-*`: the arm's name; an arm may begin and end several times. `fault-*`, `injected`, `healed`: the fault's
   * name; `fault-in` before it goes in, `injected` when it is. `not-injected`, `not-healed`: the same, with the error in `detail`. `control`:
   * what the workload did to the part in `detail`, and the error if it failed. `crash`: the
   * part that ended without being told to. `broke`: why the experiment ended before its end. `note`: a sentence. In
   * session.ndjson, `mark`: staged, restaged, unwell; `secrets-sought`: what of the logs was looked through for what, and where it was found.
   */
  readonly name: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A number seen from outside at a time (samples.ndjson): sidecar metrics, generator CPU, event-loop lag, backlog. */
export interface Sample {
  readonly at: number;
  /** e.g. `dapr_component_pubsub_egress_count`, `generator_cpu_ratio`, `machine_cpu_ratio`, `outbox_unsent`. */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A record found in the broker after the experiment (records.ndjson). */
export interface BrokerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The broker's own time (LogAppendTime). */
  readonly at: number;
  readonly key: string | null;
  readonly contentType: string | null;
  /** The CloudEvent id. */
  readonly id: string | null;
  /** The CloudEvent's `data`, parsed. */
  readonly event: unknown;
}

/** A row of the outbox as `system.yaml`'s query gives it (outbox.ndjson). */
export interface OutboxRow {
  readonly eventId: string;
  readonly key: string;
  readonly eventType: string;
  readonly createdAt: number;
  readonly sentAt: number | null;
  readonly attempts: number;
  readonly error: string | null;
  /** Which outbox of the system, by its name in `system.yaml`. Absent in evidence from before there were several, as all below. */
  readonly outbox?: string;
  /** Where it has to go: one record in each. */
  readonly topics?: readonly string[];
  /** Those of them that the system let go; they get no record. */
  readonly letGo?: readonly string[];
  /** When the system gave it up: it will never be sent, and `error` says why. */
  readonly givenUpAt?: number | null;
  /** The event itself, as it is to be published. */
  readonly event?: unknown;
  /** What made it where no request did: a tick's occurrence, a delivery that ended. One cause makes one row. */
  readonly cause?: string | null;
}

/** An effect in another service, as `system.yaml`'s query gives it (effects.ndjson). */
export interface Effect {
  /** Rises with each effect of that service. */
  readonly seq: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly key: string;
  readonly at: number;
  /** Whose effect, by its name in `system.yaml`; within it `seq` rises. Absent in evidence from before there were several. */
  readonly consumer?: string;
  /** Which of several that one event has with one consumer (a channel): each of them once. */
  readonly part?: string | null;
}

/** Something a drill must have seen at least once, else it proved nothing. Data, so that it can be judged later. */
export interface Sighting {
  readonly name: string;
  readonly asks: string;
  /** A counter among the samples that must rise by at least `rises`... */
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rises: number;
  /** ...between fault-in and healed, or over the whole experiment. */
  readonly during: 'fault' | 'all';
}

/** Something a check sets out to look at. Data, so that it can be judged later. */
export interface FactAsked {
  readonly name: string;
  /** The promise as a sentence. */
  readonly asks: string;
}

/** One look at it (facts.ndjson): what there should have been, and what there was. */
export interface Fact {
  readonly at: number;
  readonly name: string;
  readonly comparison: '==' | '<=' | '>=';
  readonly expected: unknown;
  readonly actual: unknown;
  /** Which one it was: an id, a path, a replica. */
  readonly about?: string;
}

/** What an experiment stands on (in experiment.json and, of all of a run, in the manifest). */
export interface StageRecord {
  /** Of every service, how many run. */
  readonly replicas: Readonly<Record<string, number>>;
  /** Whether spans are kept: a part more on the machine, and work for every sidecar. */
  readonly traces: boolean;
  /** `rehearsed`: with the values of `rehearsal` in system.yaml, so that nobody waits for minutes; `as written`: without. */
  readonly profile: 'rehearsed' | 'as written';
}

/** What the run knew about an experiment when it began (experiment.json): enough to judge without its source. */
export interface ExperimentRecord {
  readonly name: string;
  readonly kind: 'check' | 'load' | 'drill';
  readonly asks: string;
  readonly proves: readonly string[];
  readonly workload: string;
  /** As they were to go in, with every parameter. */
  readonly faults: readonly FaultRecord[];
  readonly slos: readonly Slo[];
  readonly checkers: readonly string[];
  readonly sometimes: readonly Sighting[];
  /** Absent in evidence from before there were any. */
  readonly facts?: readonly FactAsked[];
  readonly settleMsMax: number;
  /** Absent in evidence from before there were any, as the next two. */
  readonly stage?: StageRecord;
  /** Of what the workload draws; faults have seeds of their own. */
  readonly seed?: number;
  /** Why it was not performed: the target can't do what it needs. */
  readonly skipped?: string;
}

/** A fault as it was drawn. */
export interface FaultRecord {
  /** As in the journal. */
  readonly name: string;
  readonly do: string;
  readonly to: string;
  readonly tolerated: boolean;
  readonly afterMs: number;
  readonly forMs: number;
  readonly seed: number;
  readonly [parameter: string]: unknown;
}

/** One objective, as written in `contracts/slos/<name>.yaml`. */
export interface Slo {
  readonly name: string;
  /** The promise as a sentence. */
  readonly asks: string;
  readonly proves: readonly string[];
  /** A name from `harness/verdict/metrics.ts`. */
  readonly metric: string;
  /** Restricts the metric to one kind of operation. */
  readonly op?: string;
  /** A name from `harness/verdict/statistics/statistic.ts`: `p99.9`, `max`, `rate`. */
  readonly stat: string;
  readonly comparison: '<' | '<=' | '>' | '>=' | '==';
  readonly limit: number;
  readonly unit: string;
  readonly window: WindowName;
  /**
   * Compares: the limit is then for the window's number against this one's. Unit `ratio`: how many times as large it may be;
   * the metric's own unit: by how much it may be larger.
   */
  readonly against?: WindowName;
  /** Fewer valid samples than this make the finding `unsure`; of two windows, in either. */
  readonly samplesMin: number;
}

/** A stretch of an experiment, cut from its marks; `arm:<name>` is all that the workload marked as that arm. */
export type WindowName = 'measured' | 'fault' | 'recovering' | 'after' | 'all' | ArmWindow;
export type ArmWindow = `arm:${string}`;

export type Verdict = 'pass' | 'fail' | 'unsure' | 'skipped';

/** One judged claim. `because` is a sentence a reviewer can act on. */
export interface Finding {
  readonly experiment: string;
  /** `slo:<name>`, `checker:<name>`, `sometimes:<name>`, `fact:<name>`, `validity:<name>`, `seal`. */
  readonly claim: string;
  readonly asks: string;
  readonly proves: readonly string[];
  readonly verdict: Verdict;
  /** Comparison between `actual` and `expected`. */
  readonly comparison: string;
  readonly expected: number | null;
  readonly actual: number | null;
  readonly unit: string;
  /** Where chance was reckoned with: 95 % of what `actual` could as well have been lies between these; `null` is beyond any limit. */
  readonly between?: readonly [number | null, number | null];
  readonly samples: number;
  readonly because: string;
  /** At most ten counter-examples with ids, to start searching from. */
  readonly examples: readonly string[];
  /** Files it was read from, in the run folder; first the one it rests on, where counter-examples are to be looked up. */
  readonly evidence: readonly string[];
}

/** Everything about the run that is not an experiment (manifest.json). */
export interface Manifest {
  readonly format: 1;
  readonly run: string;
  /** The one line that repeats this run. */
  readonly repeat: string;
  readonly startedAt: string;
  readonly seed: number;
  /** Of the project that is judged, as the next two. */
  readonly commit: string;
  readonly dirty: boolean;
  /** sha256 of what was changed and not committed, as a patch; absent where nothing was. */
  readonly diffSha256?: string;
  /** Which harness it was; a commit only where it is a checkout. Absent in evidence from before it was told, as `inputs`. */
  readonly harness?: {
    readonly version: string;
    readonly commit?: string;
    readonly dirty?: boolean;
    readonly diffSha256?: string;
  };
  /** Path from the project's root -> sha256: system.yaml, each component, package-lock.json. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly target: string;
  /** In the end all logs are looked through for secrets (session.ndjson, `secrets-sought`). Absent in evidence from before that was done. */
  readonly logsSearched?: boolean;
  readonly experiments: readonly string[];
  /** By experiment, in words: `backend 3, recurring 1, with traces`. */
  readonly stages?: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, { readonly version: string; readonly from: string; readonly flavour?: string }>>;
  /** `cpuLimit` (cores) and `memoryLimitMiB` beside `cores` and `memoryMiB`: what a container leaves of its host. */
  readonly machine: Readonly<Record<string, string | number>>;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** How events of this system are named, in fields of the event itself (the CloudEvent's `data`). */
export interface EventNaming {
  /** The field with the event's id. */
  readonly id: string;
  /** The field with its type. */
  readonly type: string;
  /**
   * Type (`*` stands for any text) -> the schema it keeps, below `contracts/events`; `{field}` is text of the event:
   * `task.*: task-event/{version}.json`. The first that fits counts.
   */
  readonly contracts: Readonly<Record<string, string>>;
}

/** Which events have their effect with whom. */
export interface Consumer {
  readonly topics: readonly string[];
  /** `*` stands for any text; default: every type. */
  readonly types?: readonly string[];
}

export interface TopicRecord {
  readonly effects: boolean;
  readonly deadLettersOf?: string;
  /** Absent: durable. */
  readonly promise?: 'durable' | 'best effort';
}

/** What the judge must know of the system (system.json), copied from `system.yaml` when the run began. */
export interface SystemRecord {
  readonly system: string;
  readonly topics: Readonly<Record<string, TopicRecord>>;
  /** Who must apply what, once. Absent in evidence from before it was asked. */
  readonly consumers?: Readonly<Record<string, Consumer>>;
  readonly events: EventNaming;
  /** What a workload calls a change -> the type of the event that it promises. */
  readonly changes: Readonly<Record<string, string>>;
  /** The answer's header that names the promised event. */
  readonly answers: { readonly eventId: string };
}

/** One row of `contracts/requirements.yaml`. */
export interface Requirement {
  readonly id: string;
  readonly text: string;
  /** Which claims of which experiments show it; empty while nothing proves it. */
  readonly shownBy: readonly Showing[];
  /** For what only tests or the tree itself can show: the test file. */
  readonly tests?: readonly string[];
  /** A sentence: which of its words nothing of this shows. As long as it stands, the row is at most `partly` shown. */
  readonly open?: string;
  readonly note?: string;
}

export interface Showing {
  readonly experiment: string;
  readonly claims: readonly string[];
  /** A sentence: what in the evidence shows the words of the requirement. Absent in evidence from before it was asked for. */
  readonly sees?: string;
}

/** Written when a run stops before its last experiment (interrupted.json): Ctrl-C, or the harness itself broke. */
export interface Interruption {
  /** A sentence: what stopped the run. */
  readonly because: string;
}
