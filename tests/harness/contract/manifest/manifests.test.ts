import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { daprAnnotations } from '../../../../harness/contract/manifest/annotation-names.ts';
import { manifestRules } from '../../../../harness/contract/manifest/rules.ts';
import { secondsOf } from '../../../../harness/contract/manifest/sidecar.ts';
import { runManifestsValidate, validateManifests } from '../../../../harness/contract/manifest/manifests.ts';
import { project } from '../../../own-project.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const k8sBase = join(root, 'k8s', 'base');
const broken = join(import.meta.dirname, 'broken-manifests');
const workspace = mkdtempSync(join(tmpdir(), 'manifests-'));
afterAll(() => rmSync(workspace, { recursive: true }));

/** Each is good.yaml with one mistake, and that mistake alone is found, at its line. */
const guilty: readonly (readonly [place: string, rule: string, line: number])[] = [
  ['app-id-missing.yaml', 'app-id-missing', 11],
  ['app-port-missing.yaml', 'app-port-missing', 11],
  ['not-enabled.yaml', 'dapr-not-enabled', 11],
  ['app-id-of-another.yaml', 'app-id-name', 13],
  ['app-port-of-another.yaml', 'app-port-mismatch', 14],
  ['app-port-bare.yaml', 'annotation-not-text', 14],
  ['enabled-bare.yaml', 'annotation-not-text', 12],
  ['enabled-yes.yaml', 'annotation-not-text', 12],
  ['annotation-typo.yaml', 'annotation-unknown', 17],
  ['boolean-typo.yaml', 'annotation-value', 15],
  ['protocol-typo.yaml', 'annotation-value', 15],
  ['duration-without-unit.yaml', 'annotation-value', 16],
  ['annotations-at-the-deployment.yaml', 'annotation-misplaced', 6],
  ['grace-too-short.yaml', 'grace-too-short', 19],
  ['grace-default.yaml', 'grace-too-short', 18],
  ['block-without-health-check.yaml', 'block-never-ends-early', 15],
  ['config-port.yaml', 'app-port-mismatch', 52],
  ['no-app-port-in-env.yaml', 'app-port-mismatch', 27],
  ['env-port.yaml', 'app-port-mismatch', 28],
  ['probe-port.yaml', 'app-port-mismatch', 34],
  ['probe-port-name.yaml', 'app-port-mismatch', 36],
  ['no-readiness.yaml', 'probe-missing', 21],
  ['no-liveness.yaml', 'probe-missing', 21],
  ['no-limits.yaml', 'resources-missing', 37],
  ['image-latest.yaml', 'image-not-pinned', 22],
  ['image-without-tag.yaml', 'image-not-pinned', 22],
  ['may-become-root.yaml', 'runs-privileged', 40],
  ['secret-in-env.yaml', 'plain-secret', 29],
  ['password-in-config.yaml', 'plain-secret', 54],
  ['secret-with-content.yaml', 'plain-secret', 60],
  ['config-number.yaml', 'value-not-text', 54],
  ['config-map-of-another.yaml', 'config-map-missing', 26],
  ['selector-mismatch.yaml', 'selector-mismatch', 7],
  ['service-selects-nothing.yaml', 'selects-nothing', 60],
  ['service-target-port.yaml', 'target-port-mismatch', 62],
  ['unknown-kind.yaml', 'unknown-kind', 56],
  ['old-api-version.yaml', 'unknown-kind', 1],
  ['no-name.yaml', 'not-a-manifest', 55],
  ['two-of-a-name.yaml', 'duplicate-name', 58],
  ['empty-document.yaml', 'empty-document', 54],
  ['duplicate-key.yaml', 'duplicate-key', 14],
  ['tab.yaml', 'yaml-syntax', 60],
  ['unclosed.yaml', 'yaml-syntax', 44],
  ['kustomization-missing/kustomization.yaml', 'kustomization-missing', 1],
  ['kustomization-dangling/kustomization.yaml', 'kustomization-dangling', 5],
  ['kustomization-unlisted/kustomization.yaml', 'kustomization-unlisted', 3],
  ['patches/backend.yaml', 'annotation-unknown', 9],
];
const warnings = ['block-never-ends-early', 'empty-document'];

describe('broken manifests', () => {
  it.each(guilty)('%s: %s at line %i', (place, rule, line) => {
    const [folder, inFolder] = place.split('/');
    const findings = validateManifests(join(broken, inFolder === undefined ? place : folder!));
    expect(findings.map((each) => [relative(broken, join(process.cwd(), each.file)), each.rule, each.line])).toEqual([
      [place, rule, line],
    ]);
    expect(findings[0]!.severity).toBe(warnings.includes(rule) ? 'warning' : 'error');
  });

  it('show each rule guilty at least once', () => {
    expect([...new Set(guilty.map(([, rule]) => rule))].sort()).toEqual(Object.keys(manifestRules).sort());
  });

  it.each([
    ['annotation-typo.yaml', 'did you mean dapr.io/graceful-shutdown-seconds?'],
    ['app-port-bare.yaml', 'write dapr.io/app-port: "8000"'],
    ['grace-too-short.yaml', 'set terminationGracePeriodSeconds above 45'],
    ['unknown-kind.yaml', 'did you mean Service?'],
    ['kustomization-dangling', 'did you mean first.yaml?'],
  ])('%s: the message names the next step', (place, next) => {
    expect(validateManifests(join(broken, place))[0]!.message).toContain(next);
  });

  it('and the manifest they were made from is clean', () => {
    expect(validateManifests(join(broken, 'good.yaml'))).toEqual([]);
  });
});

/** What looks like a mistake and is none. */
it.each([
  ['a digest instead of a tag', 'backend:0.1.0', `backend@sha256:${'0'.repeat(64)}`],
  ['a tag, at a registry with a port', 'plumbline/backend:0.1.0', 'registry.example:5000/backend:0.1.0'],
  [
    'the last of two ConfigMaps, which counts',
    '- configMapRef: { name: backend }',
    '- configMapRef: { name: old }\n            - configMapRef: { name: backend }',
  ],
  [
    'env, which counts before envFrom',
    'APP_PORT: "8000"\n',
    'APP_PORT: "9000"\n',
    '          env:\n',
    '          env:\n            - { name: APP_PORT, value: "8000" }\n',
  ],
  [
    'an optional ConfigMap of somewhere else',
    '- configMapRef: { name: backend }',
    '- configMapRef: { name: backend }\n            - configMapRef: { name: tuning, optional: true }',
  ],
  ['no sidecar, said so', 'dapr.io/enabled: "true"\n        dapr.io/app-id: "backend"', 'dapr.io/enabled: "false"'],
  ['a Service with endpoints of its own', '  selector: { app: backend }\n  ports', '  ports'],
  ['a Service whose port is the target', '{ port: 80, targetPort: http }', '{ port: 8000 }'],
  ['a URL without a password', '  HOST: "0.0.0.0"', '  ZIPKIN_URL: "http://zipkin:9411/api/v2/spans"'],
])('%s is fine', (name, ...edits) => {
  const file = join(workspace, `${name}.yaml`);
  let text = readFileSync(join(broken, 'good.yaml'), 'utf8');
  for (let n = 0; n < edits.length; n += 2) {
    expect(text).toContain(edits[n]);
    text = text.replace(edits[n]!, edits[n + 1]!);
  }
  const old = '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: old\ndata:\n  APP_PORT: "1"\n';
  writeFileSync(file, name.startsWith('the last') ? text + old : text);
  expect(validateManifests(file)).toEqual([]);
});

it('points into the document, names escaped', () => {
  expect(validateManifests(join(broken, 'env-port.yaml'))[0]!.pointer).toBe('/spec/template/spec/containers/0/env/0/value');
  expect(validateManifests(join(broken, 'app-port-bare.yaml'))[0]!.pointer).toBe(
    '/spec/template/metadata/annotations/dapr.io~1app-port',
  );
});

it('asks the nearest kustomization above to list a file, and takes a folder as its entry', () => {
  const folder = join(workspace, 'nested');
  mkdirSync(join(folder, 'zone'), { recursive: true });
  const kustomization = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: ';
  writeFileSync(join(folder, 'kustomization.yaml'), `${kustomization}[zone]\n`);
  writeFileSync(join(folder, 'zone', 'kustomization.yaml'), `${kustomization}[]\n`);
  writeFileSync(join(folder, 'zone', 'alone.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: { name: alone }\n');
  expect(validateManifests(folder)).toMatchObject([
    {
      rule: 'kustomization-unlisted',
      file: expect.stringMatching(/zone.kustomization\.yaml$/),
      message: expect.stringMatching(/^alone\.yaml/),
    },
  ]);
});

it('the probes that are missing are named by their severity: startup is a wish, the others are needed', () => {
  const file = join(workspace, 'no-startup.yaml');
  const text = readFileSync(join(broken, 'good.yaml'), 'utf8');
  writeFileSync(file, text.replace(/ +startupProbe:\n.*\n/, ''));
  expect(validateManifests(file)).toMatchObject([{ rule: 'probe-missing', severity: 'warning' }]);
});

it('says something, and never falls over, whatever stands in the place of any value', () => {
  const file = join(workspace, 'mutated.yaml');
  const documents = () => parseAllDocuments(readFileSync(join(broken, 'good.yaml'), 'utf8')).map((each) => each.toJS());
  const paths = (value: unknown): (string | number)[][] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [[key], ...paths(inner).map((rest) => [key, ...rest])]);
  let tried = 0;
  for (const path of paths(documents())) {
    for (const other of [null, 7, 'constructor', [], [null], {}, { constructor: 1 }]) {
      const mutated = documents();
      type Tree = { [step: string | number]: unknown };
      const parent = path.slice(0, -1).reduce<Tree>((here, step) => here[step] as Tree, mutated as unknown as Tree);
      parent[path.at(-1)!] = other;
      writeFileSync(file, mutated.map((each) => `---\n${JSON.stringify(each, null, 1)}\n`).join(''));
      for (const { message, line } of validateManifests(file)) {
        expect(message).not.toMatch(/undefined|NaN/);
        expect(line).toBeGreaterThan(0);
      }
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(400);
});

it.each([
  ['35s', 35],
  ['1m30s', 90],
  ['1.5h', 5400],
  ['250ms', 0.25],
  ['0', 0],
  ['35', undefined],
  ['s', undefined],
  ['35 s', undefined],
  ['-1s', undefined],
])('the duration %s is %s s', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});

it('knows every annotation by its line in the source', () => {
  const lines = Object.values(daprAnnotations).map(([line]) => line);
  expect(lines).toEqual(Array.from({ length: 63 }, (_, n) => 21 + n));
});

describe('k8s/base', () => {
  it('is clean', () => {
    expect(validateManifests(k8sBase)).toEqual([]);
  });

  const { services } = parse(readFileSync(join(root, 'impl', 'system.yaml'), 'utf8')) as {
    services: Record<string, { appPort: number; secrets?: string[] }>;
  };

  it('deploys the services of impl/system.yaml', () => {
    expect(Object.keys(services).sort()).toEqual(['backend', 'frontend', 'notification', 'recurring']);
  });

  // SC-011; FR-019 and FR-020 are its first two rows.
  it.each([
    ['backend', '8000'],
    ['frontend', '3000'],
    ['notification', '8002'],
    ['recurring', '8001'],
  ])('%s has the three annotations, its name and port %s', (name, port) => {
    const deployment = parse(readFileSync(join(k8sBase, name, 'deployment.yaml'), 'utf8'));
    expect(deployment).toMatchObject({ kind: 'Deployment', metadata: { name } });
    expect(deployment.spec.template.metadata.annotations).toMatchObject({
      'dapr.io/enabled': 'true',
      'dapr.io/app-id': name,
      'dapr.io/app-port': port,
    });
    expect(services[name]!.appPort).toBe(Number(port));
  });

  it('gives each service the Secrets that impl/system.yaml says it has', () => {
    for (const [name, { secrets = [] }] of Object.entries(services)) {
      const deployment = parse(readFileSync(join(k8sBase, name, 'deployment.yaml'), 'utf8'));
      const given = deployment.spec.template.spec.containers[0].env.map((each: { name: string }) => each.name);
      expect(given).toEqual(expect.arrayContaining(secrets));
    }
  });

  it('listens where the kubelet can reach it', () => {
    for (const name of Object.keys(services))
      expect(parse(readFileSync(join(k8sBase, name, 'config.yaml'), 'utf8')).data.HOST).toBe('0.0.0.0');
  });

  it('has backend survive a node: three replicas, spread, of which two stay', () => {
    const { spec } = parse(readFileSync(join(k8sBase, 'backend', 'deployment.yaml'), 'utf8'));
    const budget = parse(readFileSync(join(k8sBase, 'backend', 'disruption.yaml'), 'utf8'));
    expect(spec.replicas).toBe(3);
    expect(spec.template.spec.topologySpreadConstraints).toHaveLength(1);
    expect(budget.spec.minAvailable).toBe(2);
  });

  it('keeps metrics, probes and the routes of the sidecar behind the public door', () => {
    const [ingress, closed] = parseAllDocuments(readFileSync(join(k8sBase, 'frontend', 'ingress.yaml'), 'utf8')).map((each) =>
      each.toJS(),
    );
    const leadsTo = Object.fromEntries(
      ingress.spec.rules[0].http.paths.map((each: { path: string; pathType: string; backend: { service: { name: string } } }) => [
        `${each.pathType} ${each.path}`,
        each.backend.service.name,
      ]),
    );
    expect(leadsTo).toEqual({
      'Exact /metrics': 'closed',
      'Exact /livez': 'closed',
      'Exact /readyz': 'closed',
      'Prefix /dapr': 'closed',
      'Prefix /events': 'closed',
      'Prefix /': 'frontend',
    });
    expect(closed).toMatchObject({ kind: 'Service', metadata: { name: 'closed' } });
    expect(closed.spec).not.toHaveProperty('selector');
  });
});

describe('plumbline manifests validate', () => {
  const run = async (folder: string) => {
    const said: string[] = [];
    const exitCode = await runManifestsValidate({ folder }, (text) => void said.push(text));
    return { exitCode, said: said.join('\n') };
  };

  it('takes our own: 0', async () => {
    expect(await run(project.manifests)).toMatchObject({ exitCode: 0, said: expect.stringContaining('no errors') });
  });

  it('says file, line and rule of an error: 1', async () => {
    const { exitCode, said } = await run(join(broken, 'image-latest.yaml'));
    expect(exitCode).toBe(1);
    expect(said).toContain('image-latest.yaml:22: error image-not-pinned: ');
  });

  it('says a warning and lets it pass: 0', async () => {
    const { exitCode, said } = await run(join(broken, 'empty-document.yaml'));
    expect(exitCode).toBe(0);
    expect(said).toContain('54: warning empty-document: ');
  });

  it.each([
    ['a folder that is not there', join(workspace, 'nowhere'), 'does not exist'],
    ['a folder without manifests', join(root, 'harness', 'contract'), 'holds no .yaml file'],
  ])('needs something to read, not %s: 3', async (_, folder, because) => {
    expect(await run(folder)).toEqual({ exitCode: 3, said: expect.stringContaining(because) });
  });
});
