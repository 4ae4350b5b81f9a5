import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { frontendConfig } from '../../../impl/frontend/frontend.ts';
import { type ConfigError, readConfig } from '#kit/config.ts';

const right = {
  APP_PORT: '3000',
  OIDC_ISSUER: 'http://127.0.0.1:9000',
  OIDC_CLIENT_SECRET: 's',
  PUBLIC_URL: 'https://todo.example',
  SESSION_KEYS: randomBytes(32).toString('base64url'),
};
const complaints = (env: Record<string, string>): string => {
  try {
    readConfig(env, 'frontend', frontendConfig);
    return '';
  } catch (error) {
    return (error as ConfigError).complaints.join('\n');
  }
};

describe('frontendConfig', () => {
  it('reads what is right', () => {
    const config = readConfig(right, 'frontend', frontendConfig);
    expect(config).toMatchObject({ clientId: 'frontend', invokeDeadlineMs: 30_000, identity: { audience: 'urn:todo' } });
    expect([config.publicUrl.origin, config.sessionKeys.length]).toEqual(['https://todo.example', 1]);
  });

  it('tells everything that is missing at once', () => {
    const told = complaints({});
    for (const name of ['APP_PORT', 'OIDC_ISSUER', 'OIDC_CLIENT_SECRET', 'PUBLIC_URL', 'SESSION_KEYS'])
      expect(told).toContain(name);
  });

  it.each([
    ['PUBLIC_URL', 'https://todo.example/app'],
    ['PUBLIC_URL', 'ftp://todo.example'],
    ['SESSION_KEYS', 'c2hvcnQ'],
    ['INVOKE_DEADLINE_MS', '90000'],
  ])('refuses %s=%s, and never repeats a key', (name, value) => {
    const told = complaints({ ...right, [name]: value });
    expect(told).toContain(name);
    if (name === 'SESSION_KEYS') expect(told).not.toContain(value);
  });
});
