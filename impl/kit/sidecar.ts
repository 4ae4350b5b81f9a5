/**
 * The Dapr sidecar over HTTP: the only file that imports axios. Each call has a deadline and ends in one of three
 * outcomes; nothing is retried here, because publish retries belong to the relay and delivery retries to Dapr.
 */
import http from 'node:http';
import axios, { type AxiosResponse } from 'axios';

/** `fail`: it certainly did not happen. `unsure`: nobody knows. `heals`: the same call may succeed later. */
type Failure =
  { readonly type: 'fail'; readonly code: string; readonly heals: boolean } | { readonly type: 'unsure'; readonly cause: Error };
export type Outcome<T> = { readonly type: 'ok'; readonly value: T } | Failure;
export type EntryOutcome = Outcome<null>;

export interface PublishEntry {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  /** The event as JSON text; passed on as it is. */
  readonly body: string;
  readonly trace: string | null;
}

export interface SidecarMetadata {
  readonly id: string;
  readonly subscriptions?: readonly { readonly pubsubname: string; readonly topic: string }[];
}

export interface Sidecar {
  publish(pubsub: string, topic: string, entry: PublishEntry): Promise<EntryOutcome>;
  /** The same entries to each topic; an entry's outcome is `ok` when every topic took it. */
  bulkPublish(
    pubsub: string,
    topics: readonly string[],
    entries: readonly PublishEntry[],
  ): Promise<ReadonlyMap<string, EntryOutcome>>;
  metadata(): Promise<Outcome<SidecarMetadata>>;
  close(): void;
}

export interface SidecarOptions {
  readonly port: number;
  readonly timeoutMs: number;
}

const ok: EntryOutcome = { type: 'ok', value: null };
/** The connection was never made, so nothing was sent. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EADDRNOTAVAIL']);
/** 4xx that another time, another component or another load may answer differently. */
const mayHeal = new Set([401, 404, 408, 429]);
/** Sarama's words for a record that no retry makes smaller. */
const neverFits = /larger than configured|too large/i;

export function openSidecar(options: SidecarOptions): Sidecar {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16 });
  const client = axios.create({
    baseURL: `http://127.0.0.1:${options.port}`,
    httpAgent: agent,
    proxy: false,
    maxRedirects: 0,
    timeout: options.timeoutMs,
    responseType: 'text',
    validateStatus: () => true,
    // axios would parse and re-serialise a JSON text it is given, and guess at the answer's type.
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
    headers: { 'Content-Type': 'application/json' },
  });

  async function call(method: 'GET' | 'POST', url: string, body?: Buffer): Promise<Outcome<AxiosResponse<string>>> {
    try {
      // The signal is the real deadline: axios' own timeout starts again with each byte.
      const answer = await client.request<string>({ method, url, data: body, signal: AbortSignal.timeout(options.timeoutMs) });
      if (answer.status < 300) return { type: 'ok', value: answer };
      return failureOf(answer);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (neverSent.has(code)) return { type: 'fail', code: 'SIDECAR_UNREACHABLE', heals: true };
      if (/^(ERR_CANCELED|ECONNABORTED|ETIMEDOUT)$/.test(code))
        return { type: 'unsure', cause: new Error(`no answer in ${options.timeoutMs} ms`) };
      return { type: 'unsure', cause: error as Error };
    }
  }

  const publishUrl = (kind: 'publish' | 'publish/bulk', pubsub: string, topic: string) =>
    `/v1.0/${kind}/${encodeURIComponent(pubsub)}/${encodeURIComponent(topic)}`;

  return {
    async publish(pubsub, topic, entry) {
      const query = new URLSearchParams(
        Object.entries(metadataOf(entry)).map(([name, value]): [string, string] => [`metadata.${name}`, value]),
      );
      const outcome = await call('POST', `${publishUrl('publish', pubsub, topic)}?${query}`, Buffer.from(entry.body));
      return outcome.type === 'ok' ? ok : outcome;
    },
    async bulkPublish(pubsub, topics, entries) {
      const body = Buffer.from(bulkText(entries));
      const answers = await Promise.all(topics.map((topic) => call('POST', publishUrl('publish/bulk', pubsub, topic), body)));
      return new Map(
        entries.map(({ id }) => [id, answers.map((answer) => outcomeFor(id, answer)).find((each) => each.type !== 'ok') ?? ok]),
      );
    },
    async metadata() {
      const outcome = await call('GET', '/v1.0/metadata');
      return outcome.type === 'ok' ? { type: 'ok', value: JSON.parse(outcome.value.data) as SidecarMetadata } : outcome;
    },
    close: () => agent.destroy(),
  };
}

/** The one id becomes the CloudEvent's, the key the record's, the request's trace the event's. */
function metadataOf(entry: PublishEntry): Record<string, string> {
  return {
    'cloudevent.id': entry.id,
    'cloudevent.type': entry.type,
    partitionKey: entry.key,
    ...(entry.trace !== null && { 'cloudevent.traceparent': entry.trace }),
  };
}

/** All metadata is the entry's own: in the Kafka component metadata of the request would overwrite it. */
function bulkText(entries: readonly PublishEntry[]): string {
  const texts = entries.map(
    (entry) =>
      `{"entryId":"${entry.id}","contentType":"application/json","metadata":${JSON.stringify(metadataOf(entry))},"event":${entry.body}}`,
  );
  return `[${texts.join(',')}]`;
}

/** What a bulk answer carries besides the error: which entries did not make it. */
class BulkFailure extends Error {
  readonly failed: ReadonlyMap<string, string>;

  constructor(code: string, failed: ReadonlyMap<string, string>) {
    super(code);
    this.failed = failed;
  }
}

/**
 * A 4xx was refused before the broker saw it. A 5xx was not necessarily: a write that Sarama gave up on may be in the
 * log all the same.
 */
function failureOf(answer: AxiosResponse<string>): Failure {
  let body: { errorCode?: string; message?: string; failedEntries?: { entryId: string; error?: string }[] | null } = {};
  try {
    body = JSON.parse(answer.data) ?? {};
  } catch {
    // Not JSON: the status has to do.
  }
  const code = body.errorCode ?? `HTTP_${answer.status}`;
  if (answer.status < 500) return { type: 'fail', code, heals: mayHeal.has(answer.status) };
  const failed = new Map((body.failedEntries ?? []).map((entry) => [entry.entryId, entry.error ?? code]));
  if (failed.size > 0) return { type: 'unsure', cause: new BulkFailure(code, failed) };
  if (neverFits.test(body.message ?? '')) return { type: 'fail', code: 'MESSAGE_TOO_LARGE', heals: false };
  return { type: 'unsure', cause: new Error(body.message ? `${code}: ${body.message}` : code) };
}

/** In a partly failed bulk call, what is not listed was acknowledged by the broker. */
function outcomeFor(id: string, answer: Outcome<unknown>): EntryOutcome {
  if (answer.type === 'ok') return ok;
  if (answer.type === 'fail' || !(answer.cause instanceof BulkFailure)) return answer;
  const error = answer.cause.failed.get(id);
  if (error === undefined) return ok;
  if (neverFits.test(error)) return { type: 'fail', code: 'MESSAGE_TOO_LARGE', heals: false };
  return { type: 'unsure', cause: new Error(`${answer.cause.message}: ${error}`) };
}
