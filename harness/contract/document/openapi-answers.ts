/** An answer against what the OpenAPI documents promise: operation, status, content type, schema of the body. */
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { asObject, isObject, type JsonObject, resolved } from './openapi-bundle.ts';

export interface Answer {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** By lower-cased name; absent where nobody kept them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Absent when it was too long to be kept. */
  readonly body?: string | undefined;
  readonly bodyBytes: number;
}

export const isOpenApi = (value: unknown): value is JsonObject =>
  isObject(value) && typeof value.openapi === 'string' && isObject(value.paths);

/** Says what is wrong with an answer; nothing when it was promised as it is. */
export function promisesOf(documents: readonly JsonObject[]): (answer: Answer) => readonly string[] {
  const routes = documents.flatMap((document) =>
    Object.entries(asObject(document.paths)).map(([template, item]) => ({
      document,
      template,
      item: asObject(item),
      matches: matcherOf(template),
    })),
  );
  // Of two templates that fit, the one with fewer holes is meant.
  routes.sort((a, b) => holesIn(a.template) - holesIn(b.template));
  const validators = new Map<object, ValidateFunction>();
  const nowhere = (answer: Answer, what: string): readonly string[] =>
    // What is not there must be refused, with a problem like every other refusal.
    (answer.status === 404 || answer.status === 405) && mediaTypeOf(answer.contentType) === 'application/problem+json'
      ? []
      : [`${what} is in no document, and was not refused with a 404 or 405 problem`];

  return (answer) => {
    const fitting = routes.filter(({ matches }) => matches.test(answer.path));
    if (fitting.length === 0) return nowhere(answer, 'the path');
    const route = fitting.find(({ item }) => answer.method.toLowerCase() in item);
    if (!route) return nowhere(answer, `${answer.method} of ${fitting[0]?.template}`);
    const { document, item, template } = route;
    const operation = asObject(item[answer.method.toLowerCase()]);
    const name = typeof operation.operationId === 'string' ? operation.operationId : `${answer.method} ${template}`;
    const responses = asObject(operation.responses);
    const promised = responses[String(answer.status)] ?? responses[`${String(answer.status)[0]}XX`] ?? responses.default;
    if (promised === undefined)
      return [`${name} never promised status ${answer.status} (it knows ${Object.keys(responses).join(', ')})`];
    const response = asObject(resolved(document, promised));
    return [
      ...headersMissing(answer, document, response),
      ...bodyBroken(answer, response, (schema) => compiled(document, schema)),
    ].map((because) => `${name}: ${because}`);
  };

  // One that can not be compiled throws: the document is at fault then, so nobody is convicted and the finding is unsure.
  function compiled(document: JsonObject, schema: object): ValidateFunction {
    // Beside the schema lie the components its references lead to.
    const validate = validators.get(schema) ?? ajvFor().compile({ ...schema, components: document.components });
    validators.set(schema, validate);
    return validate;
  }
}

function headersMissing({ headers }: Answer, document: JsonObject, response: JsonObject): readonly string[] {
  if (headers === undefined) return [];
  return Object.entries(asObject(response.headers))
    .filter(([name, header]) => asObject(resolved(document, header)).required === true && !(name.toLowerCase() in headers))
    .map(([name]) => `the header ${name} is promised, and missing`);
}

function bodyBroken(answer: Answer, response: JsonObject, compiled: (schema: object) => ValidateFunction): readonly string[] {
  const content = asObject(response.content);
  const promised = Object.keys(content);
  if (promised.length === 0) return answer.bodyBytes === 0 ? [] : [`a body of ${answer.bodyBytes} bytes where none was promised`];
  const mediaType = mediaTypeOf(answer.contentType);
  const entry = Object.hasOwn(content, mediaType) ? content[mediaType] : undefined;
  if (entry === undefined) return [`content type ${answer.contentType ?? 'none'} is not ${promised.join(' or ')}`];
  const { schema } = asObject(entry);
  if (answer.body === undefined && answer.bodyBytes > 0) return [];
  if (typeof schema !== 'object' || schema === null) return [];
  let value: unknown = answer.body;
  if (/^application\/([\w.-]+\+)?json$/.test(mediaType)) {
    try {
      value = JSON.parse(answer.body ?? '');
    } catch {
      return ['the body is not JSON, though its content type says so'];
    }
  }
  const validate = compiled(schema);
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

/** Not strict: how the schemas are written is a question for the tests of contracts/, not for a run. */
function ajvFor(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  (formats.default as unknown as (ajv: Ajv) => void)(ajv);
  return ajv;
}

const mediaTypeOf = (contentType: string | null): string => (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
const holesIn = (template: string): number => template.split('{').length;
/** `/api/{user_id}/tasks` fits `/api/ada/tasks`; a hole never holds a slash. */
const matcherOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split(/\{[^}]+\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]+')}/?$`,
  );
