/** The environment, read once. A wrong one is told completely: all complaints at once, not one per restart. */

export interface Config {
  readonly service: string;
  readonly replica: string;
  readonly host: string;
  readonly appPort: number;
  readonly sidecarPort: number;
  readonly databaseUrl: string;
  readonly logLevel: string;
  readonly relay: boolean;
  readonly outboxRetentionHours: number;
  readonly inboxRetentionHours: number;
}

export class ConfigError extends Error {
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super(`CONFIG_INVALID: ${complaints.join('; ')}`);
    this.name = 'ConfigError';
    this.complaints = complaints;
  }
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

export function readConfig(env: Readonly<Record<string, string | undefined>>, service: string): Config {
  const complaints: string[] = [];
  const text = (name: string, fallback?: string): string => {
    const value = env[name] || fallback;
    if (value === undefined) complaints.push(`${name} is not set`);
    return value ?? '';
  };
  const whole = (name: string, min: number, max: number, fallback?: number): number => {
    const value = text(name, fallback?.toString());
    const number = Number(value);
    if (value !== '' && !(/^\d+$/.test(value) && number >= min && number <= max)) {
      complaints.push(`${name} must be a whole number from ${min} to ${max}, not "${value}"`);
    }
    return number;
  };
  const oneOf = (name: string, allowed: readonly string[], fallback: string): string => {
    const value = text(name, fallback);
    if (!allowed.includes(value)) complaints.push(`${name} must be one of ${allowed.join(', ')}, not "${value}"`);
    return value;
  };
  const config: Config = {
    service: text('SERVICE', service),
    replica: text('REPLICA', '0'),
    host: text('HOST', '127.0.0.1'),
    appPort: whole('APP_PORT', 1, 65_535),
    sidecarPort: whole('DAPR_HTTP_PORT', 1, 65_535, 3500),
    databaseUrl: text('DATABASE_URL'),
    logLevel: oneOf('LOG_LEVEL', logLevels, 'info'),
    relay: oneOf('RELAY', ['on', 'off'], 'on') === 'on',
    outboxRetentionHours: whole('OUTBOX_RETENTION_HOURS', 1, 24 * 366, 24),
    // Longer than the outbox's: a broker may deliver again for as long as it keeps a record (Kafka's default: 7 days).
    inboxRetentionHours: whole('INBOX_RETENTION_HOURS', 1, 24 * 366, 24 * 8),
  };
  if (config.databaseUrl !== '' && !/^postgres(ql)?:\/\//.test(config.databaseUrl)) {
    complaints.push('DATABASE_URL must begin with postgres://'); // never repeated: it may hold a password
  }
  if (complaints.length > 0) throw new ConfigError(complaints);
  return config;
}
