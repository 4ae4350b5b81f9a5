/** Pact's verifier, with the pacts that are committed and a provider that really runs. */
import { Verifier, type VerifierOptions } from '@pact-foundation/pact';
import { tokens } from './http-pact.ts';
import { readPact } from './pact-file.ts';

export type States = NonNullable<VerifierOptions['stateHandlers']>;

export interface Verification {
  readonly provider: string;
  /** Paths of pact files. */
  readonly pacts: readonly string[];
  /** Of the service, or of a sidecar up to `/method`. */
  readonly url?: string;
  readonly states: States;
  /** In the place of the pact's example of a valid token. */
  readonly token?: string;
  readonly messages?: VerifierOptions['messageProviders'];
}

/** Throws an error with all mismatches in it. */
export async function verify({ provider, pacts, url, states, token, messages }: Verification): Promise<void> {
  if (pacts.length === 0) throw new Error(`PACTS_MISSING: no pact of provider ${provider}. Try: npm run pact`);
  const unknown = statesOf(pacts).filter((state) => states[state] === undefined);
  // Pact would only warn, and ask its question of a provider in whatever state it is.
  if (unknown.length > 0) throw new Error(`STATE_UNKNOWN: ${provider} has no handler for: ${unknown.join('; ')}`);
  await new Verifier({
    provider,
    pactUrls: [...pacts],
    stateHandlers: states,
    failIfNoPactsFound: true,
    logLevel: 'error',
    ...(url !== undefined && { providerBaseUrl: url }),
    ...(messages && { messageProviders: messages }),
    ...(token !== undefined && {
      requestFilter: (request, _response, next) => {
        if (request.headers.authorization === tokens.valid) request.headers.authorization = `Bearer ${token}`;
        next();
      },
    }),
  }).verifyProvider();
}

const statesOf = (pacts: readonly string[]): string[] => {
  const interactions = pacts.flatMap((path) => readPact(path).interactions);
  const names = interactions.flatMap(({ providerStates = [] }) => (providerStates as { name: string }[]).map(({ name }) => name));
  return [...new Set(names)];
};
