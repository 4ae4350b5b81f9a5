import { afterAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { environmentOf, type Surroundings } from '../../../harness/stage/local/environment.ts';
import { readSystem, type ServicePlan, withReplicas } from '../../../harness/project/system.ts';
import { scratchFolder, systemWith } from '../plumbline.ts';

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const system = readSystem(join(import.meta.dirname, '../../../impl/system.yaml'));

describe('replicas from the command line', () => {
  it('replace those of the file, for that service only', () => {
    const { services } = withReplicas(system, new Map([['backend', 3]]));
    expect([services.backend?.replicas, services.notification?.replicas]).toEqual([3, 1]);
    expect(system.services.backend?.replicas).toBe(1);
  });

  it.each([
    ['nobody', 1, 'NO_SERVICE: --replicas nobody'],
    ['backend', 0, 'REPLICAS_INVALID: --replicas backend=0'],
    ['backend', 17, 'from 1 to 16'],
  ])('%s=%d is refused', (name, count, complaint) => {
    expect(() => withReplicas(system, new Map([[name, count]]))).toThrow(complaint);
  });
});

describe('a system file', () => {
  it('whose service needs users must say where they come from', () => {
    const file = systemWith(scratch.path, (one) => void delete (one as { identity?: unknown }).identity);
    expect(() => readSystem(file)).toThrow(/needs identity, which is not described/);
  });

  it('whose users sign in at a service that does not exist is refused', () => {
    const file = systemWith(scratch.path, (one) => {
      (one as unknown as { identity: { client: { service: string } } }).identity.client.service = 'portal';
    });
    expect(() => readSystem(file)).toThrow('identity.client.service portal is not a service');
  });
});

describe('the environment of a replica', () => {
  const around: Surroundings = {
    databaseUrl: 'postgres://d',
    identity: { issuer: 'http://i', audience: 'urn:a', client: { service: 'frontend', id: 'c', secret: 's' } },
    publicUrl: 'http://p',
    mail: { smtpUrl: 'smtp://m', pushHost: 'h:1', caFile: '/ca.pem' },
    spansUrl: 'http://z',
    appApiToken: 't',
    secret: (service, name) => `${service}/${name}`,
  };
  const at = { service: 'frontend', replica: 1, appPort: 1, sidecarPort: 2 };
  const plan: ServicePlan = { command: ['x'], appPort: 1, sidecarPort: 2, health: '/', replicas: 2, needs: [], env: {} };

  it('holds what the service needs, and nothing else', () => {
    expect(Object.keys(environmentOf(plan, { ...at, service: 'other' }, around)).sort()).toEqual([
      'APP_API_TOKEN',
      'APP_PORT',
      'DAPR_HTTP_PORT',
      'PUBLIC_URL',
      'REPLICA',
      'SERVICE',
      'ZIPKIN_URL',
    ]);
    const whole = environmentOf({ ...plan, needs: ['postgres', 'identity', 'mail'] }, { ...at, service: 'other' }, around);
    expect(whole).toMatchObject({
      DATABASE_URL: 'postgres://d',
      OIDC_ISSUER: 'http://i',
      SMTP_URL: 'smtp://m',
      PUSH_HOSTS: 'h:1',
    });
    expect(whole).not.toHaveProperty('OIDC_CLIENT_SECRET');
  });

  it('gives the client of the provider its secret, and each wanted secret; what the file says wins', () => {
    const own = environmentOf({ ...plan, secrets: ['SESSION_KEYS'], env: { REPLICA: 'mine' } }, at, around);
    expect(own).toMatchObject({ OIDC_CLIENT_SECRET: 's', SESSION_KEYS: 'frontend/SESSION_KEYS', REPLICA: 'mine' });
  });
});
