import { afterAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { environmentOf, type Surroundings } from '../../../harness/stage/local/environment.ts';
import { readSystem, recordOfSystem, type ServicePlan, withReplicas } from '../../../harness/project/system.ts';
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

describe('what became of events', () => {
  type Evidence = { outbox: unknown; effects: unknown };
  const readWith = (change: (one: { evidence: Evidence; topics: Record<string, object> }) => void) =>
    readSystem(systemWith(scratch.path, (one) => change(one as unknown as Parameters<typeof change>[0])));

  it('is looked for in every outbox and with every consumer that the file names', () => {
    expect(Object.keys(system.evidence.outbox)).toEqual(['domain', 'notification']);
    expect(recordOfSystem(system).consumers).toEqual({
      notices: { topics: ['task-events', 'reminders'], types: ['task.*', 'reminder.due'] },
      deliveries: { topics: ['reminders'], types: ['reminder.due'] },
    });
    expect(recordOfSystem(system).topics['reminders-dead']).toEqual({ effects: false, deadLettersOf: 'reminders' });
  });

  it('needs no names where there is one outbox and one consumer of all that has effects', () => {
    const { evidence } = readWith((one) => Object.assign(one.evidence, { outbox: 'select 1', effects: 'select 2' }));
    expect(evidence.outbox).toEqual({ outbox: 'select 1' });
    expect(evidence.effects).toEqual({ effects: { topics: ['task-events', 'reminders'], query: 'select 2' } });
  });

  it.each([
    [
      'of a topic that is not there',
      'evidence.effects.notices.topics: nowhere is not a topic',
      ['nowhere', 'task-events', 'reminders'],
    ],
    [
      'of a topic that is said to have none',
      'evidence.effects looks for its effects',
      ['task-updates', 'task-events', 'reminders'],
    ],
  ])('is not looked for %s', (_, complaint, topics) => {
    expect(() => readWith((one) => Object.assign((one.evidence.effects as { notices: object }).notices, { topics }))).toThrow(
      complaint,
    );
  });

  it('must be looked for where there are effects, and dead letters are somebody’s', () => {
    expect(() => readWith((one) => Object.assign(one.topics['task-updates'] as object, { effects: true }))).toThrow(
      'topics.task-updates has effects, and no query of evidence.effects looks for them',
    );
    expect(() => readWith((one) => Object.assign(one.topics['reminders-dead'] as object, { deadLettersOf: 'x' }))).toThrow(
      'topics.reminders-dead.deadLettersOf: x is not a topic',
    );
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
