import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runComponentsValidate, validateComponents } from '../../../../harness/contract/resource/resources.ts';
import { daprdVersion } from '../../../../harness/toolchain/daprd.ts';
import { project, system } from '../../../own-project.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const broken = join(import.meta.dirname, 'broken-components');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'components-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `rule:line`, a warning in brackets. */
const told = (apps?: readonly string[]) =>
  validateComponents(folder, apps ? { apps } : {}).map(({ rule, line, severity }) =>
    severity === 'error' ? `${rule}:${line}` : `(${rule}:${line})`,
  );

/** Everything that is found in each file: no less, and nothing besides. */
const guilty: Readonly<Record<string, readonly string[]>> = {
  'app-token-as-env-ref': ['forbidden-env-ref:12'],
  'backoff-in-lower-case': ['metadata-key-case:13'],
  'bool-that-is-none': ['wrong-metadata-value:14'],
  'breaker-in-both-directions': ['(breaker-in-both-directions:14)', '(unknown-target:14)'],
  'breaker-trip': ['breaker-trip:10'],
  'brokers-with-spaces': ['broker-with-space:10'],
  'cron-at-hour-24': ['wrong-schedule:10'],
  'cron-in-four-words': ['wrong-schedule:10'],
  'cron-that-waits-for-a-probe': ['(cron-without-direction:8)', '(cron-without-route:8)'],
  'duration-that-is-none': ['wrong-metadata-value:14'],
  'forbidden-env-ref': ['forbidden-env-ref:10'],
  'http-endpoint-without-url': ['missing-key:5'],
  'init-timeout-without-unit': ['wrong-duration:8'],
  'initial-offset-earliest': ['wrong-metadata-value:14'],
  'initial-offset-in-other-case': ['metadata-key-case:13'],
  'key-twice': ['duplicate-metadata-key:13'],
  'key-without-value': ['metadata-without-value:13'],
  'max-retries-as-text': ['wrong-type:10'],
  'misspelt-metadata-key': ['unknown-metadata-key:13'],
  'misspelt-spec-key': ['unknown-key:8'],
  'misspelt-type': ['unknown-component-type:6'],
  'no-auth-type': ['missing-metadata-key:8'],
  'no-brokers': ['missing-metadata-key:8'],
  'no-name': ['missing-key:3'],
  nothing: ['empty-file:1'],
  'number-that-is-none': ['wrong-metadata-value:14'],
  'password-that-means-plain': ['(sasl-mechanism:11)', '(tls-implied:11)'],
  'password-without-user': ['missing-metadata-key:8'],
  'policy-of-nobody': ['unknown-policy:12'],
  'resiliency-bare-number': ['(duration-without-unit:8)'],
  'resiliency-duration': ['wrong-duration:8'],
  'resiliency-not-alone': ['resiliency-not-alone:1'],
  'retry-policy': ['retry-policy:9'],
  'same-name-twice': ['duplicate-name:15'],
  'sampling-rate-in-percent': ['sampling-rate:7'],
  'sampling-rate-unquoted': ['wrong-type:7'],
  'scope-of-nobody': ['unknown-scope:13'],
  'scram-by-its-long-name': ['sasl-mechanism:20'],
  'secret-in-unknown-store': ['unknown-secret-store:16'],
  'secret-without-key': ['(secret-without-key:12)'],
  'secret-without-name': ['missing-key:12'],
  'secret-without-store': ['(secret-without-store:12)'],
  'subscription-v1-route-in-v2': ['missing-key:5', '(unknown-pubsub:6)', 'unknown-key:8'],
  'subscription-without-default': ['(unknown-pubsub:6)', '(route-without-default:8)'],
  tab: ['yaml-tab:10'],
  'type-of-nobody': ['(unknown-component-type:6)'],
  'unclosed-quote': ['yaml-error:11'],
  'unknown-version': ['unknown-component-version:7'],
  'v1-key-in-v2': ['unknown-metadata-key:11'],
  'value-and-env-ref': ['metadata-with-two-values:13'],
  'value-misspelt': ['metadata-without-value:9', 'unknown-key:10'],
  'wrong-api-version': ['wrong-api-version:1'],
  'wrong-kind': ['wrong-kind:2'],
  'yaml-key-twice': ['yaml-duplicate-key:8'],
};

describe('broken components', () => {
  it('are all in the table', () => {
    expect(readdirSync(broken).sort()).toEqual(
      Object.keys(guilty)
        .map((name) => `${name}.yaml`)
        .sort(),
    );
  });

  it.each(Object.entries(guilty))('%s: %j', (name, expected) => {
    cpSync(join(broken, `${name}.yaml`), join(folder, `${name}.yaml`));
    expect(told(['backend', 'frontend'])).toEqual(expected);
  });

  it.each([
    ['misspelt-metadata-key', 'did you mean consumerGroup?'],
    ['misspelt-type', 'did you mean pubsub.kafka?'],
    ['misspelt-spec-key', 'did you mean ignoreErrors?'],
    ['value-misspelt', 'did you mean value?'],
    ['scram-by-its-long-name', 'did you mean SHA-256?'],
    ['v1-key-in-v2', 'version v1 has it'],
    ['subscription-v1-route-in-v2', 'did you mean routes?'],
    ['wrong-kind', 'did you mean Component?'],
    ['sampling-rate-unquoted', 'write it in quotes: "1"'],
  ])('%s: the message says "%s"', (name, next) => {
    cpSync(join(broken, `${name}.yaml`), join(folder, `${name}.yaml`));
    expect(
      validateComponents(folder)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain(next);
  });

  it('gives a JSON Pointer to what it means', () => {
    cpSync(join(broken, 'policy-of-nobody.yaml'), join(folder, 'one.yaml'));
    expect(validateComponents(folder)[0]?.pointer).toBe('/spec/targets/apps/backend/timeout');
  });
});

describe('scopes', () => {
  beforeEach(() => cpSync(join(broken, 'scope-of-nobody.yaml'), join(folder, 'one.yaml')));

  it('are held against those of the project, as a warning: other apps may share the folder', () => {
    const found = validateComponents(broken, { known: Object.keys(system.services) }).filter(
      ({ rule }) => rule === 'unknown-scope',
    );
    expect(found.map(({ file, severity }) => [file.split('/').at(-1), severity])).toEqual([['scope-of-nobody.yaml', 'warning']]);
  });
  it('are not judged where nobody knows the apps', () => {
    expect(told()).toEqual([]);
  });
  it('are held against the apps that were named, as an error', () => {
    expect(told(['backend'])).toEqual(['unknown-scope:13']);
    expect(told(['backend', 'frontent'])).toEqual([]);
  });
});

describe('correct components', () => {
  it.each(['local', 'kind', 'production'])('components/%s is clean, warnings included', (place) => {
    expect(validateComponents(join(root, 'components', place))).toEqual([]);
  });
  it("another project's are clean, warnings included", () => {
    expect(validateComponents(join(import.meta.dirname, 'foreign-components'))).toEqual([]);
  });
});

describe('schedules', () => {
  const schedule = (text: string) =>
    writeFileSync(
      join(folder, 'cron.yaml'),
      JSON.stringify({
        apiVersion: 'dapr.io/v1alpha1',
        kind: 'Component',
        metadata: { name: 'tick' },
        spec: {
          type: 'bindings.cron',
          version: 'v1',
          metadata: Object.entries({ schedule: text, direction: 'input', route: '/tick' }).map(([name, value]) => ({
            name,
            value,
          })),
        },
      }),
    );
  it.each([
    '@every 5m',
    '@every 1h30m',
    '@daily',
    '*/5 * * * *',
    '0 */5 * * * *',
    '0 9-17/2 * JAN-MAR mon,fri',
    'CRON_TZ=Europe/Berlin 0 9 * * *',
    '0 0 ? * 0',
  ])('%s is one', (text) => {
    schedule(text);
    expect(told()).toEqual([]);
  });
  it.each([
    '@every 5',
    '@every five minutes',
    '@every -5m',
    '@fortnightly',
    '*/0 * * * *',
    '60 * * * *',
    '0 0 31-1 * *',
    '0 0 * * 7',
    'CRON_TZ=Mars/Base 0 9 * * *',
    'CRON_TZ=Europe/Berlin @every 5m',
    '',
  ])('%s is none', (text) => {
    schedule(text);
    const [finding] = validateComponents(folder);
    expect(finding?.rule).toMatch(/^(wrong-schedule|missing-metadata-key)$/);
  });
});

describe('the tables', () => {
  const sourceOf = (name: string) =>
    (JSON.parse(readFileSync(join(root, 'harness/contract/resource/dapr', name), 'utf8')) as { source: string }).source;
  it('are of the daprd that is pinned; if not: node harness/contract/resource/dapr/generate.ts', () => {
    expect(sourceOf('crds.json')).toContain(`dapr v${daprdVersion},`);
    expect(sourceOf('components.json')).toContain(`dapr v${daprdVersion}`);
  });
});

describe('runComponentsValidate', () => {
  const run = async (args: Parameters<typeof runComponentsValidate>[0]) => {
    const said: string[] = [];
    return { code: await runComponentsValidate(args, (text) => said.push(text)), said };
  };
  it('is 0 for our folders, and says what it has read', async () => {
    const { code, said } = await run({ folder: project.components });
    expect({ code, said }).toEqual({ code: 0, said: ['components: 18 resources, 0 errors, 0 warnings'] });
  });
  it('is 1 with an error, at file and line', async () => {
    const { code, said } = await run({ folder: broken });
    expect(code).toBe(1);
    expect(said.join('\n')).toMatch(
      /broken-components\/misspelt-metadata-key\.yaml:13: error unknown-metadata-key: .*consumerGroup/,
    );
  });
  it('is 0 with nothing but warnings', async () => {
    cpSync(join(broken, 'secret-without-key.yaml'), join(folder, 'one.yaml'));
    expect((await run({ folder })).code).toBe(0);
  });
  it.each([
    ['a folder that is not there', () => ({ folder: join(folder, 'none') })],
    ['a folder without YAML', () => ({ folder })],
  ])('is 3 for %s, with the next step', async (_, args) => {
    const { code, said } = await run(args());
    expect(code).toBe(3);
    expect(said).toEqual([expect.stringContaining('Try: plumbline components validate')]);
  });
});
