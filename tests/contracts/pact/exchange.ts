/** One call of the frontend and its answer, as values: what the pact will hold, and what the real client is made to ask. */
import type { AppId, Call } from '../../../impl/frontend/calls.ts';

export interface Exchange {
  /** A line of calls.ts: `GET /tasks/:id`. */
  readonly call: `${Call['method']} ${string}`;
  /** The interaction's description, unique in its pact. */
  readonly asks: string;
  /** The provider's state. */
  readonly given: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Of `params`: what only the provider knows, handed over by its state under the same name. */
  readonly injected?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What the page says beyond what every call says. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The caller's token is over when it arrives there. */
  readonly isTokenOver?: boolean;
  readonly answer: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly body?: unknown;
  };
}

export interface Provider {
  readonly name: AppId;
  readonly exchanges: readonly Exchange[];
}

export const nameOf = ({ method, path }: Pick<Call, 'method' | 'path'>): string => `${method} ${path}`;

/** The calls that no pact speaks of: their provider could change them, and nobody would be told. */
export const callsWithout = (calls: readonly Call[], providers: readonly Provider[]): string[] =>
  calls
    .filter((call) => {
      const known = providers.find(({ name }) => name === call.appId)?.exchanges ?? [];
      return !known.some((each) => each.call === nameOf(call) && each.answer.status < 300);
    })
    .map((call) => `${call.appId}: ${nameOf(call)}`);

/** The exchanges that no line of calls.ts allows, so that the page could never make them. */
export const exchangesWithout = (calls: readonly Call[], providers: readonly Provider[]): string[] =>
  providers.flatMap(({ name, exchanges }) =>
    exchanges
      .filter((each) => !calls.some((call) => call.appId === name && nameOf(call) === each.call))
      .map((each) => `${name}: ${each.call}`),
  );
