/** What became of a call to the sidecar. The same three words as everywhere in this project: ok, fail, unsure. */

/** `fail`: it certainly did not happen. `unsure`: nobody knows. `heals`: the same call may succeed later. */
export type Failure =
  { readonly type: 'fail'; readonly code: string; readonly heals: boolean } | { readonly type: 'unsure'; readonly cause: Error };
export type Outcome<T> = { readonly type: 'ok'; readonly value: T } | Failure;

export const sentenceOf = (failure: Failure): string => (failure.type === 'fail' ? failure.code : failure.cause.message);

/** An answer over HTTP, whoever gave it. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const ok = <T>(value: T): Outcome<T> => ({ type: 'ok', value });
export const fail = (code: string, heals: boolean): Failure => ({ type: 'fail', code, heals });
export const unsure = (sentence: string): Failure => ({ type: 'unsure', cause: new Error(sentence) });

/** How Dapr itself says no. */
export interface DaprError {
  /** `HTTP_<status>` where Dapr names none. */
  readonly code: string;
  readonly message: string;
  readonly failedEntries: readonly { readonly entryId: string; readonly error?: string }[];
}

export function daprErrorOf(answer: HttpAnswer): DaprError {
  let body: { errorCode?: string; message?: string; failedEntries?: DaprError['failedEntries'] | null } = {};
  try {
    body = JSON.parse(answer.body.toString()) ?? {};
  } catch {
    // Not JSON: the status has to do.
  }
  return {
    code: body.errorCode ?? `HTTP_${answer.status}`,
    message: body.message ?? '',
    failedEntries: body.failedEntries ?? [],
  };
}

/** 4xx that another time, another component or another load may answer differently. */
const mayHeal = new Set([401, 403, 404, 408, 429]);

/** A 4xx was refused before the component saw it. A 5xx was not necessarily: what was given up on may be done all the same. */
export function failureOf(answer: HttpAnswer): Failure {
  const { code, message } = daprErrorOf(answer);
  if (answer.status < 500) return fail(code, mayHeal.has(answer.status));
  return unsure(message ? `${code}: ${message}` : code);
}
