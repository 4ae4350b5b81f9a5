/** Speaks to a backend and believes no answer that its OpenAPI document doesn't promise. */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../../impl/backend/openapi.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly [keyword: string]: unknown;
}
interface Reference {
  readonly $ref?: string;
}
export interface Parameter extends Reference {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Header extends Reference {
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Response extends Reference {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, Media>>;
}
interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Operation extends OperationObject {
  readonly method: string;
  /** With braces, as in the document. */
  readonly path: string;
  /** Its own and those of its path, looked up. */
  readonly parameters: readonly Parameter[];
}

export const document = openApiDocument() as never as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly parameters?: readonly Parameter[] }>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** What a reference within the document leads to. */
export function followed<T extends object>(thing: T & Reference): T {
  if (thing.$ref === undefined) return thing;
  const found = thing.$ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((within, name) => (within as Record<string, unknown> | undefined)?.[name], document);
  if (found === undefined) throw new Error(`OPENAPI_REF_DANGLING: nothing at ${thing.$ref}`);
  return followed(found as T);
}

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  ['get', 'put', 'post', 'patch', 'delete']
    .filter((method) => item[method] !== undefined)
    .map((method) => {
      const operation = item[method] as OperationObject;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((each) => followed(each));
      return { ...operation, method: method.toUpperCase(), path, parameters };
    }),
);

/** The operation that a request is for, if there is one. The router takes a slash at the end as well. */
export function operationAt(method: string, path: string): Operation | undefined {
  const segments = path.replace(/\/$/, '').split('/');
  return operations.find((operation) => {
    const wanted = operation.path.split('/');
    const fits = (each: string, index: number) => each === segments[index] || (each.startsWith('{') && segments[index] !== '');
    return operation.method === method && wanted.length === segments.length && wanted.every(fits);
  });
}

const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addSchema({ ...document, $id: 'https://plumbline.example/openapi' });
const ofHeaders = new Ajv({ strict: false, coerceTypes: true });
addFormats.default(ofHeaders);

const validators = new Map<string, ValidateFunction>();

/** Why the value isn't what the schema of the document says; empty when it is. */
export function complaintsAbout(value: unknown, schema: Schema): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/', '"https://plumbline.example/openapi#/');
  const validate = validators.get(text) ?? ajv.compile(JSON.parse(text));
  validators.set(text, validate);
  return validate(value) ? [] : [ajv.errorsText(validate.errors)];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

export type Call = (method: string, path: string, sent?: Sent) => Promise<Answer>;

export const callsTo =
  (url: string, headers: Readonly<Record<string, string>> = {}): Call =>
  async (method, path, sent = {}) => {
    const body = sent.body === undefined || typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers, ...sent.headers },
      ...(body !== undefined && { body: body as string }),
    });
    const text = await response.text();
    const answer: Answer = { status: response.status, headers: response.headers, text, body: text && parsed(text) };
    const complaints = complaintsAboutAnswer(method, new URL(response.url).pathname, answer);
    if (complaints.length > 0) {
      const said = `${response.status} ${response.headers.get('content-type')} ${text.slice(0, 400)}`;
      throw new Error(`CONTRACT_BROKEN: ${method} ${path} ${String(body).slice(0, 400)} got ${said}: ${complaints.join('; ')}`);
    }
    return answer;
  };

function complaintsAboutAnswer(method: string, path: string, { status, headers, text, body }: Answer): string[] {
  const operation = operationAt(method, path);
  // What is no operation is refused, and every refusal is a problem.
  const response: Response | undefined =
    operation === undefined
      ? [400, 404, 405].includes(status)
        ? { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
        : undefined
      : operation.responses[status];
  if (response === undefined) return [`status ${status} is not promised`];
  const promised = followed(response);
  const complaints = Object.entries(promised.headers ?? {}).flatMap(([name, reference]) => {
    const header = followed(reference);
    const value = headers.get(name);
    if (value === null) return header.required ? [`header ${name} is missing`] : [];
    return ofHeaders.validate(header.schema, value) ? [] : [`header ${name}: ${value}: ${ofHeaders.errorsText()}`];
  });
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  if (promised.content === undefined) return text === '' ? complaints : [...complaints, 'there should be no content'];
  const media = promised.content[type];
  if (media === undefined) return [...complaints, `content type "${type}" is not promised`];
  return [...complaints, ...complaintsAbout(body, media.schema)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
