/** GET for probes: a connection of its own each time, so that no kept-alive socket delays the shutdown of who was asked. */
import { get } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function httpGet(url: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).on('error', reject);
  });
}

/** For `until`: true when the status is right; else the answer becomes "the last thing seen". */
export async function answers(url: string, status: number, signal: AbortSignal): Promise<true> {
  const answer = await httpGet(url, AbortSignal.any([signal, AbortSignal.timeout(2_000)]));
  if (answer.status !== status) throw new Error(`GET ${url} answered ${answer.status} ${answer.body.slice(0, 200)}`);
  return true;
}
