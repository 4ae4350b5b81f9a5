/**
 * The Dapr sidecar over HTTP: the only file that imports axios. Each call has a deadline and ends in one of three
 * outcomes; nothing is retried here, because publish retries belong to the relay, delivery retries to Dapr and invoke
 * retries to its Resiliency policy. What is said and how answers are read is in `sidecar-{publish,state,invoke}.ts`.
 */
import http from 'node:http';
import axios from 'axios';
import type { Logger } from 'pino';
import { type Breaker, type BreakerLimits, openBreaker } from './breaker.ts';
import { type Bulkhead, openBulkhead } from './bulkhead.ts';
import { observedCall } from './observed-call.ts';
import { fail, failureOf, type HttpAnswer, type Outcome, ok, unsure } from './outcome.ts';
import { currentRequestId } from '../web/request-id.ts';
import { appIsAway, type InvokeAnswer, type InvokeRequest, invokeAnswer, invokeUrl, passedOn } from './invoke.ts';
import {
  bulkBody,
  type EntryOutcome,
  type PublishEntry,
  publishAnswer,
  publishMetadata,
  publishUrl,
  sameForAll,
} from './publish.ts';
import { deleteAnswer, type SaveOptions, type Stored, saveAnswer, saveBody, stateUrl, storedOf } from './state.ts';
import { traceHeaders } from '../telemetry.ts';

export type { EntryOutcome, InvokeAnswer, InvokeRequest, Outcome, PublishEntry, SaveOptions, Stored };

export interface SidecarMetadata {
  readonly id: string;
  readonly subscriptions?: readonly { readonly pubsubname: string; readonly topic: string }[];
}

export interface Sidecar {
  /** A missing key is `ok` with null. */
  getState<T>(store: string, key: string): Promise<Outcome<Stored<T> | null>>;
  /**
   * `fail` with `STATE_CONFLICT`: the etag is not the newest, or something is there already. Redis' component words an
   * outage almost the same; what can be told apart is, and the rest shows when you read again, as you must anyway.
   */
  saveState(store: string, key: string, value: unknown, options: SaveOptions): Promise<Outcome<null>>;
  deleteState(store: string, key: string): Promise<Outcome<null>>;
  /**
   * Any answer of the app is `ok`, whatever its status. `fail`: `SIDECAR_UNREACHABLE`, `INVOKE_UNREACHABLE`,
   * `SIDECAR_BREAKER_OPEN`, `SIDECAR_BUSY`, ...; `unsure`: the app may have done it.
   */
  invoke(appId: string, request: InvokeRequest): Promise<Outcome<InvokeAnswer>>;
  publish(pubsub: string, topic: string, entry: PublishEntry): Promise<EntryOutcome>;
  /** By the id of each entry. The same array for another topic costs its text only once. */
  bulkPublish(pubsub: string, topic: string, entries: readonly PublishEntry[]): Promise<ReadonlyMap<string, EntryOutcome>>;
  metadata(): Promise<Outcome<SidecarMetadata>>;
  close(): void;
}

export interface SidecarOptions {
  readonly port: number;
  /** Of a publish and of `metadata`; `invoke` has its own with each call. */
  readonly timeoutMs: number;
  /** A read and a save after it must both fit into a user's patience of 2 s. */
  readonly stateTimeoutMs?: number;
  /** What the sidecar wants to hear as `dapr-api-token`. */
  readonly apiToken?: string | undefined;
  /** Of the state store, and of each app that is invoked. */
  readonly breaker?: BreakerLimits;
  readonly log?: Logger;
}

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly timeoutMs: number;
}

/** Far more than an app that answers in milliseconds has under way, and a quarter of all sockets. */
const callsPerAppMax = 64;

/** The connection was never made, so nothing was sent. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EADDRNOTAVAIL']);
const json = { 'content-type': 'application/json' };

export function openSidecar(options: SidecarOptions): Sidecar {
  const { timeoutMs, stateTimeoutMs = 800, apiToken, breaker = { failuresMax: 5, openMs: 5_000 }, log } = options;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 16 });
  const client = axios.create({
    baseURL: `http://127.0.0.1:${options.port}`,
    httpAgent: agent,
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    // Bytes go out and come in as they are; axios would parse and re-serialise a JSON text it is given.
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
    headers: { 'accept-encoding': 'identity', ...(apiToken !== undefined && { 'dapr-api-token': apiToken }) },
  });

  /** `ok` is any answer; what it says is for the caller to read. */
  async function exchange({ method, url, headers = {}, body, timeoutMs }: Exchange): Promise<Outcome<HttpAnswer>> {
    try {
      const answer = await client.request<Buffer>({
        method,
        url,
        data: body,
        // false: none at all. axios would call a POST without one a form.
        headers: { 'content-type': false, ...headers, ...traceHeaders() },
        // The real deadline: axios' own timeout starts again with each byte.
        signal: AbortSignal.timeout(timeoutMs),
      });
      return ok({ status: answer.status, headers: flat(answer.headers), body: answer.data });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (neverSent.has(code)) return fail('SIDECAR_UNREACHABLE', true);
      if (/^(ERR_CANCELED|ECONNABORTED|ETIMEDOUT)$/.test(code)) return unsure(`no answer in ${timeoutMs} ms`);
      // Its words, and not itself: it holds the request, with the user's token and the sidecar's.
      return unsure([code, (error as Error).message].filter((word) => word !== '').join(': '));
    }
  }

  const stateBreaker = openBreaker({ ...breaker, name: 'state', isAway: isAwayFromState, log });
  const ways = new Map<string, { readonly breaker: Breaker; readonly bulkhead: Bulkhead }>();
  function wayTo(appId: string) {
    const known = ways.get(appId) ?? {
      breaker: openBreaker({ ...breaker, name: `invoke ${appId}`, isAway: appIsAway, log }),
      bulkhead: openBulkhead(callsPerAppMax),
    };
    ways.set(appId, known);
    return known;
  }

  /** One attempt in its deadline, read by whoever knows what it means. */
  const state = <T>(call: string, store: string, what: Omit<Exchange, 'timeoutMs'>, read: (answer: HttpAnswer) => Outcome<T>) =>
    stateBreaker.run(() =>
      observedCall(call, store, async () => readBy(await exchange({ ...what, timeoutMs: stateTimeoutMs }), read)),
    );
  // No breaker for publishing: the relay is its only caller, probes with few rows and backs off by itself. A second
  // wait on top of its own would delay the first event after an outage.
  const publishing = (pubsub: string, url: string, body: Buffer) =>
    observedCall(
      'publish',
      pubsub,
      () => exchange({ method: 'POST', url, headers: json, body, timeoutMs }),
      (answer) => (answer.type === 'ok' && answer.value.status >= 300 ? failureOf(answer.value) : answer),
    );

  const bodies = new WeakMap<readonly PublishEntry[], Buffer>();

  return {
    getState: <T>(store: string, key: string) =>
      state('state.get', store, { method: 'GET', url: `${stateUrl(store, key)}?consistency=strong` }, storedOf<T>),
    saveState: (store, key, value, save) =>
      state(
        'state.save',
        store,
        { method: 'POST', url: stateUrl(store), headers: json, body: saveBody(key, value, save) },
        (answer) => saveAnswer(answer, save),
      ),
    deleteState: (store, key) => state('state.delete', store, { method: 'DELETE', url: stateUrl(store, key) }, deleteAnswer),
    async invoke(appId, { method, path, headers, body, deadlineMs }) {
      const url = invokeUrl(appId, path);
      if (url === null) return fail('INVOKE_PATH_UNCLEAN', false);
      const requestId = currentRequestId();
      const sent = { ...(requestId !== undefined && { 'x-request-id': requestId }), ...passedOn(headers) };
      const way = wayTo(appId);
      const call = async () =>
        readBy(await exchange({ method, url, headers: sent, body, timeoutMs: deadlineMs }), (answer) =>
          invokeAnswer(answer, method),
        );
      return way.bulkhead.run(() => way.breaker.run(() => observedCall('invoke', appId, call)));
    },
    async publish(pubsub, topic, entry) {
      const query = new URLSearchParams(
        Object.entries(publishMetadata(entry)).map(([name, value]): [string, string] => [`metadata.${name}`, value]),
      );
      const answer = await publishing(pubsub, `${publishUrl('publish', pubsub, topic)}?${query}`, Buffer.from(entry.body));
      return answer.type === 'ok' ? publishAnswer(answer.value)(entry.id) : answer;
    },
    async bulkPublish(pubsub, topic, entries) {
      const body = bodies.get(entries) ?? bulkBody(entries);
      bodies.set(entries, body);
      const answer = await publishing(pubsub, publishUrl('publish/bulk', pubsub, topic), body);
      const outcomeOf = answer.type === 'ok' ? publishAnswer(answer.value) : sameForAll(answer);
      return new Map(entries.map(({ id }) => [id, outcomeOf(id)]));
    },
    metadata: () =>
      observedCall('metadata', 'sidecar', async () =>
        readBy(await exchange({ method: 'GET', url: '/v1.0/metadata', timeoutMs }), (answer) =>
          answer.status === 200 ? ok(JSON.parse(answer.body.toString()) as SidecarMetadata) : failureOf(answer),
        ),
      ),
    close: () => agent.destroy(),
  };
}

const readBy = <T>(answer: Outcome<HttpAnswer>, read: (answer: HttpAnswer) => Outcome<T>): Outcome<T> =>
  answer.type === 'ok' ? read(answer.value) : answer;

/** Nobody there, nothing in time, or a 5xx. What was refused, a conflict above all, was refused by a store that works. */
const isAwayFromState = (outcome: Outcome<unknown>): boolean =>
  outcome.type === 'unsure' || (outcome.type === 'fail' && outcome.code === 'SIDECAR_UNREACHABLE');

function flat(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(headers).filter(([, value]) => value != null);
  return Object.fromEntries(
    texts.map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)]),
  );
}
