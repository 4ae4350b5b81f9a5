import { describe, expect, it } from '@jest/globals';
import { ConfigError, databaseUrlOf, type Environment, identityOf, readConfig } from '#kit/config.ts';

const right = { APP_PORT: '8000', DATABASE_URL: 'postgres://u:secret@127.0.0.1/d', OIDC_ISSUER: 'http://127.0.0.1:9000' };
const own = (env: Environment) => ({
  databaseUrl: databaseUrlOf(env),
  identity: identityOf(env),
  relay: env.oneOf('RELAY', ['on', 'off'], 'on'),
});
const complaints = (env: Record<string, string>): string[] => {
  try {
    readConfig(env, 'backend', own);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return [...(error as ConfigError).complaints];
  }
};

describe('config', () => {
  it('fills what may be left out', () => {
    expect(readConfig(right, 'backend', own)).toMatchObject({
      service: 'backend',
      replica: '0',
      host: '127.0.0.1',
      appPort: 8000,
      sidecarPort: 3500,
      appApiToken: undefined,
      zipkinUrl: undefined,
      traceRatio: 0.1,
      identity: { issuer: 'http://127.0.0.1:9000', audience: 'urn:todo' },
      relay: 'on',
    });
  });

  it('tells everything that is wrong at once, what a service needs besides included', () => {
    const wrong = {
      APP_PORT: '80a',
      DAPR_HTTP_PORT: '70000',
      LOG_LEVEL: 'loud',
      ZIPKIN_URL: 'zipkin',
      TRACE_RATIO: '1.5',
      OIDC_ISSUER: 'ftp://x',
      RELAY: 'maybe',
    };
    expect(complaints(wrong).map((each) => each.split(' ')[0])).toEqual([
      'APP_PORT',
      'DAPR_HTTP_PORT',
      'LOG_LEVEL',
      'ZIPKIN_URL',
      'TRACE_RATIO',
      'DATABASE_URL',
      'OIDC_ISSUER',
      'RELAY',
    ]);
  });

  it('never repeats an address, which may hold a password', () => {
    expect(complaints({ ...right, DATABASE_URL: 'mysql://u:secret@h/d' })).toEqual([
      'DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
    ]);
  });
});
