/** The environment, read once. A wrong one is told completely: all complaints at once, not one per restart. */

/** What every service needs; a service adds its own by reading with the same `Environment`. */
export interface KitConfig {
  readonly service: string;
  readonly replica: string;
  readonly host: string;
  readonly appPort: number;
  readonly sidecarPort: number;
  readonly logLevel: string;
  /** What the sidecar sends as `dapr-api-token`; without one the sidecar's routes are open. */
  readonly appApiToken: string | undefined;
  /** What this service sends to its sidecar as `dapr-api-token`. */
  readonly sidecarApiToken: string | undefined;
  /** Where spans go, e.g. `http://127.0.0.1:9411/api/v2/spans`; without one ids still travel, spans are not kept. */
  readonly zipkinUrl: string | undefined;
  /** Share of requests without a trace of their own that begin one. */
  readonly traceRatio: number;
}

export class ConfigError extends Error {
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(`CONFIG_INVALID: ${complaints.join('; ')}`);
    this.name = 'ConfigError';
    this.complaints = complaints;
  }
}

/** Typed reads that complain instead of throwing; what they return after a complaint is never used. */
export interface Environment {
  text(name: string, fallback?: string): string;
  optional(name: string): string | undefined;
  whole(name: string, min: number, max: number, fallback?: number): number;
  ratio(name: string, fallback: number): number;
  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T;
  /** The value is never repeated: it may hold a password. */
  url(name: string, protocols: readonly string[], fallback?: string): string;
  complain(sentence: string): void;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export function readConfig<Own>(
  env: Readonly<Record<string, string | undefined>>,
  service: string,
  own: (environment: Environment) => Own,
): KitConfig & Own {
  const complaints: string[] = [];
  const environment = readerOf(env, (sentence) => void complaints.push(sentence));
  const config = {
    service: environment.text('SERVICE', service),
    replica: environment.text('REPLICA', '0'),
    host: environment.text('HOST', '127.0.0.1'),
    appPort: environment.whole('APP_PORT', 1, 65_535),
    sidecarPort: environment.whole('DAPR_HTTP_PORT', 1, 65_535, 3500),
    logLevel: environment.oneOf('LOG_LEVEL', logLevels, 'info'),
    appApiToken: environment.optional('APP_API_TOKEN'),
    sidecarApiToken: environment.optional('DAPR_API_TOKEN'),
    zipkinUrl: environment.optional('ZIPKIN_URL') && environment.url('ZIPKIN_URL', ['http:', 'https:']),
    traceRatio: environment.ratio('TRACE_RATIO', 0.1),
    ...own(environment),
  };
  if (complaints.length > 0) throw new ConfigError(complaints);
  return config;
}

/** What services with tables of their own read. */
export const databaseUrlOf = (env: Environment): string => env.url('DATABASE_URL', ['postgres:', 'postgresql:']);

/** What services that know users read: who signs their tokens, and for whom. */
export const identityOf = (env: Environment): { readonly issuer: string; readonly audience: string } => ({
  issuer: env.url('OIDC_ISSUER', ['http:', 'https:']),
  audience: env.text('OIDC_AUDIENCE', 'urn:todo'),
});

function readerOf(env: Readonly<Record<string, string | undefined>>, complain: (sentence: string) => void): Environment {
  const text = (name: string, fallback?: string): string => {
    const value = env[name] || fallback;
    if (value === undefined) complain(`${name} is not set`);
    return value ?? '';
  };
  return {
    text,
    optional: (name) => env[name] || undefined,
    whole(name, min, max, fallback) {
      const value = text(name, fallback?.toString());
      const number = Number(value);
      if (value !== '' && !(/^\d+$/.test(value) && number >= min && number <= max)) {
        complain(`${name} must be a whole number from ${min} to ${max}, not "${value}"`);
      }
      return number;
    },
    ratio(name, fallback) {
      const value = text(name, String(fallback));
      const number = Number(value);
      if (!(/^\d*\.?\d+$/.test(value) && number <= 1)) complain(`${name} must be a number from 0 to 1, not "${value}"`);
      return number;
    },
    oneOf(name, allowed, fallback) {
      const value = text(name, fallback);
      if (!(allowed as readonly string[]).includes(value)) {
        complain(`${name} must be one of ${allowed.join(', ')}, not "${value}"`);
      }
      return value as (typeof allowed)[number];
    },
    url(name, protocols, fallback) {
      const value = text(name, fallback);
      if (value !== '' && !(URL.canParse(value) && protocols.includes(new URL(value).protocol))) {
        complain(`${name} must be a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
      }
      return value;
    },
    complain,
  };
}
