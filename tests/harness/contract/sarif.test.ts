import { expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import type { ContractFinding } from '../../../harness/contract/finding.ts';
import { sarifOf } from '../../../harness/contract/sarif.ts';

const tool = { name: 'plumbline', version: '0.1.0' };
const finding: ContractFinding = {
  rule: 'image-not-pinned',
  file: 'k8s/base/backend/deployment.yaml',
  line: 57,
  pointer: '/spec/template/spec/containers/0/image',
  message: 'the image of backend moves; name a version or a digest',
  severity: 'error',
};
const logOf = (findings: readonly ContractFinding[], more = {}) => JSON.parse(sarifOf(findings, { ...tool, ...more }));

/**
 * The part of OASIS's sarif-schema-2.1.0.json that a log of ours uses, and closed: a property that is not in it is a failure.
 * It does not know the rest of SARIF, so it can't say that a log with, say, code flows would be right.
 */
const text = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: { type: 'string', minLength: 1 } },
};
const object = (required: readonly string[], properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const list = (items: unknown, more = {}) => ({ type: 'array', items, ...more });
const rule = object(['id'], { id: { type: 'string' }, shortDescription: text, fullDescription: text, help: text });
const location = object(['physicalLocation'], {
  physicalLocation: object(['artifactLocation', 'region'], {
    artifactLocation: object(['uri'], { uri: { type: 'string', pattern: '^[^/:\\\\]' }, uriBaseId: { type: 'string' } }),
    region: object(['startLine'], { startLine: { type: 'integer', minimum: 1 } }),
  }),
  logicalLocations: list(object(['fullyQualifiedName'], { fullyQualifiedName: { type: 'string' } }), { uniqueItems: true }),
});
const result = object(['ruleId', 'message'], {
  ruleId: { type: 'string' },
  ruleIndex: { type: 'integer', minimum: -1 },
  level: { enum: ['none', 'note', 'warning', 'error'] },
  message: text,
  locations: list(location),
  partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
});
const schema = object(['$schema', 'version', 'runs'], {
  $schema: { type: 'string' },
  version: { const: '2.1.0' },
  runs: list(
    object(['tool', 'results'], {
      tool: object(['driver'], {
        driver: object(['name'], {
          name: { type: 'string' },
          version: { type: 'string' },
          rules: list(rule, { uniqueItems: true }),
        }),
      }),
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      results: list(result),
    }),
  ),
});
const validate = new Ajv({ allErrors: true }).compile(schema);

const findings = fc.array(
  fc.record({
    rule: fc.stringMatching(/^[a-z]{1,8}(-[a-z]{1,8}){0,2}$/),
    file: fc.array(fc.stringMatching(/^[a-zé %#?:&+]*[a-zé.]$/), { minLength: 1, maxLength: 4 }).map((steps) => steps.join('/')),
    line: fc.integer({ min: 1, max: 100_000 }),
    pointer: fc.string(),
    message: fc.string({ minLength: 1 }),
    severity: fc.constantFrom('error' as const, 'warning' as const),
  }),
  { maxLength: 12 },
);

/** What a reader of the log knows of the findings. */
const findingsOf = (log: { runs: { results: never[]; tool: { driver: { rules: { id: string }[] } } }[] }): ContractFinding[] =>
  log.runs[0]!.results.map(({ ruleIndex, level, message, locations }) => {
    const [{ physicalLocation, logicalLocations = [] }] = locations as [{ physicalLocation: never; logicalLocations?: [] }];
    const { artifactLocation, region } = physicalLocation as { artifactLocation: { uri: string }; region: { startLine: number } };
    return {
      rule: log.runs[0]!.tool.driver.rules[ruleIndex]!.id,
      file: decodeURIComponent(artifactLocation.uri),
      line: region.startLine,
      pointer: (logicalLocations[0] as undefined | { fullyQualifiedName: string })?.fullyQualifiedName ?? '',
      message: (message as { text: string }).text,
      severity: level,
    };
  });

it('keeps the schema, and gives back what it was given', () => {
  fc.assert(
    fc.property(findings, (given) => {
      const log = logOf(given);
      expect(validate(log) ? [] : validate.errors).toEqual([]);
      expect(findingsOf(log)).toEqual(given);
    }),
    { numRuns: 300 },
  );
});

it.each([
  [
    'an absolute place',
    (log: never) => void ((log as never as Log).runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = '/k8s'),
  ],
  [
    'a line 0',
    (log: never) => void ((log as never as Log).runs[0].results[0].locations[0].physicalLocation.region.startLine = 0),
  ],
  ['a level nobody knows', (log: never) => void ((log as never as Log).runs[0].results[0].level = 'fatal')],
])('a log with %s would not have passed', (_, spoil) => {
  const log = logOf([finding]);
  spoil(log as never);
  expect(validate(log)).toBe(false);
});

interface Log {
  runs: [
    {
      results: [
        {
          level: string;
          locations: [{ physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }];
        },
      ];
    },
  ];
}

it('is a log of no results when nothing was found', () => {
  expect(logOf([]).runs).toMatchObject([{ results: [], tool: { driver: { ...tool, rules: [] } } }]);
});

it('lists each rule once, with the help the tool has for it, else its name in words', () => {
  const log = logOf([finding, finding, { ...finding, rule: 'plain-secret' }], { rules: { 'plain-secret': 'Secrets stay.' } });
  expect(log.runs[0].tool.driver.rules).toMatchObject([
    { id: 'image-not-pinned', help: { text: 'Image not pinned' } },
    { id: 'plain-secret', help: { text: 'Secrets stay.' } },
  ]);
});

const printsOf = (given: readonly ContractFinding[]): string[] =>
  logOf(given).runs[0].results.map(
    (each: { partialFingerprints: Record<string, string> }) => each.partialFingerprints['ruleAndPlace/v1'],
  );

it('knows a finding again when lines or words have changed', () => {
  expect(printsOf([{ ...finding, line: 99, message: 'in other words' }])).toEqual(printsOf([finding]));
});

it('tells findings apart, also two of one rule at one place', () => {
  const given = [
    finding,
    finding,
    { ...finding, rule: 'other' },
    { ...finding, file: 'other.yaml' },
    { ...finding, pointer: '/x' },
  ];
  expect(new Set(printsOf(given)).size).toBe(given.length);
});

it.each(['/srv/k8s/a.yaml', 'C:\\k8s\\a.yaml', 'c:/k8s/a.yaml', '\\\\host\\a.yaml', 'file:///k8s/a.yaml'])(
  'refuses the absolute path %s',
  (file) => {
    expect(() => sarifOf([{ ...finding, file }], tool)).toThrow('make it relative to the working directory');
  },
);

it('writes the backslashes of Windows as the slashes of a URI', () => {
  const { uri } = logOf([{ ...finding, file: 'k8s\\base\\a b.yaml' }]).runs[0].results[0].locations[0].physicalLocation
    .artifactLocation;
  expect(uri).toBe('k8s/base/a%20b.yaml');
});
