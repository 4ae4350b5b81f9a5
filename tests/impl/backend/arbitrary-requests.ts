/** Requests of every operation of the OpenAPI document: mostly as their schemas want them, now and then as nobody would. */
import fc from 'fast-check';
import { followed, type Operation, type Parameter, type Schema } from './contract.ts';

export interface ArbitraryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Text that has broken something somewhere. */
const oddText = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\r\nX-Evil: 1',
  "' or 1=1; drop table domain.tasks; --",
  '{"$gt":""}',
  '__proto__',
  'constructor',
  '%00',
  '%zz',
  '../../etc/passwd',
  '\ud800',
  '\u202e\u0000\uffff',
  '🧨'.repeat(60),
  'x'.repeat(70_000),
  '-1',
  '1e999',
  'NaN',
  '9'.repeat(40),
  '[]',
  'null',
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  oddText,
  fc.constantFrom(null, true, -1, 0, 1.5, 2 ** 31, 2 ** 53, 1e300, [], {}, [[[]]], { __proto__: null, length: 1 }),
  fc.constant(JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)),
);

/** As the schema says, but for what patterns and combinations say: the service has to look at those anyway. */
function fitting(unresolved: Schema): fc.Arbitrary<unknown> {
  const schema = followed(unresolved) as Schema & Record<string, never>;
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as readonly unknown[]));
  const types = [schema.type ?? 'object'].flat() as string[];
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: string, schema: Schema & Record<string, never>): fc.Arbitrary<unknown> {
  const {
    minimum = -(2 ** 31),
    maximum = 2 ** 31 - 1,
    minLength = 0,
    maxLength = 300,
    maxItems = 5,
  } = schema as Record<string, number>;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.oneof(
        fc.integer({ min: minimum, max: maximum }),
        fc.integer({ min: minimum, max: Math.min(maximum, minimum + 8) }),
      );
    case 'array':
      return fc.array(valueFor(schema.items ?? {}), { maxLength: maxItems + 1 });
    case 'object':
      return objectFor(schema);
    default:
      return textFor(schema.format, schema.pattern, minLength, maxLength);
  }
}

function textFor(format: unknown, pattern: string | undefined, minLength: number, maxLength: number): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') {
    const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    return moment.map((date) => date.toISOString());
  }
  const anything = fc.string({ unit: 'grapheme', minLength, maxLength });
  return pattern === undefined || pattern.includes('\\u0000')
    ? anything
    : fc.oneof(fc.stringMatching(new RegExp(pattern)), anything);
}

function objectFor(schema: Schema & Record<string, never>): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const fields = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valueFor(each)]));
  return fc.record(fields, { requiredKeys: (schema.required ?? []) as string[] });
}

/** One value in twelve is none that the schema wants: more, and hardly a request would get past its first field. */
const valueFor = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 11, arbitrary: fitting(schema) }, { weight: 1, arbitrary: oddValue });

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
/** The service is asked, not the client's own checks: what no client can put into a header or an address is left out. */
const sendable = (text: string): string =>
  text
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .slice(0, 4_000)
    .trim();
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed().slice(0, 1_000));

/** `own`: values of this world for parameters that would hit nothing by chance, e.g. ids of tasks that are there. */
export function requestsOf(
  operation: Operation,
  own: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<ArbitraryRequest> {
  const valuesOf = (each: Parameter) => {
    const known = own[each.name];
    const any = fc.oneof({ weight: 6, arbitrary: fitting(each.schema).map(asText) }, { weight: 1, arbitrary: oddText });
    return known === undefined
      ? any
      : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: any });
  };
  const recordOf = (place: Parameter['in'], requiredKeys?: string[]) => {
    const parameters = operation.parameters.filter((each) => each.in === place);
    const arbitraries = Object.fromEntries(parameters.map((each) => [each.name, valuesOf(each)]));
    return fc.record(arbitraries, { requiredKeys: requiredKeys ?? parameters.map((each) => each.name) }) as fc.Arbitrary<
      Record<string, string>
    >;
  };
  const media = Object.values(operation.requestBody?.content ?? {})[0];
  const oddBody = fc.oneof(fc.json(), oddText, fc.constant('{"title":'));
  const body =
    media === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 8, arbitrary: valueFor(media.schema).map((value) => JSON.stringify(value)) },
          // By chance alone there would hardly be a rule of recurrence or a time zone.
          {
            weight: 3,
            arbitrary: fc.constantFrom(...Object.values(media.examples ?? {}).map(({ value }) => JSON.stringify(value))),
          },
          { weight: 1, arbitrary: oddBody },
        );
  return fc
    .record({ inPath: recordOf('path'), inQuery: recordOf('query', []), inHeader: recordOf('header', []), body })
    .map(({ inPath, inQuery, inHeader, body: sent }) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(inPath[name] ?? ''));
      const query = Object.entries(inQuery).map(([name, value]) => `${name}=${encoded(value)}`);
      const headers = Object.fromEntries(Object.entries(inHeader).map(([name, value]) => [name, sendable(value)]));
      return {
        method: operation.method,
        path: query.length === 0 ? path : `${path}?${query.join('&')}`,
        headers,
        body: sent?.toWellFormed(),
      };
    });
}
