/** One OpenAPI document on the contract page: its operations, then the schemas they speak of. */
import {
  anchor,
  entriesOf,
  escaped,
  example,
  listOf,
  paragraph,
  schemaArticle,
  schemaTable,
  table,
  textOf,
  typeOf,
} from './contract-page-schema.ts';
import { asObject, type Json, type JsonObject, resolved } from './openapi-bundle.ts';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Json[];
  readonly value: JsonObject;
}

const pageOf = (document: JsonObject): string => textOf(asObject(document.info).title);

function operationsOf(document: JsonObject): Operation[] {
  return entriesOf(document.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => method in item)
      .map((method) => {
        const value = asObject(item[method]);
        const parameters = [...listOf(item.parameters), ...listOf(value.parameters)];
        return { id: textOf(value.operationId) || `${method} ${path}`, method, path, parameters, value };
      }),
  );
}

export const httpLinks = (document: JsonObject): string[] =>
  operationsOf(document).map(
    ({ id, method, path }) =>
      `<a href="#${anchor('operation', pageOf(document), id)}">${escaped(id)}</a> <code>${method.toUpperCase()} ${escaped(path)}</code>`,
  );

export function httpPart(document: JsonObject): string {
  const page = pageOf(document);
  const schemas = entriesOf(asObject(document.components).schemas).map(([name, schema]) => schemaArticle(name, schema, page));
  return `<section aria-labelledby="${anchor('document', page)}"><h2 id="${anchor('document', page)}">${escaped(page)} <small class="soft">${escaped(textOf(asObject(document.info).version))}</small></h2>
${paragraph(asObject(document.info).description)}
${operationsOf(document)
  .map((operation) => operationArticle(document, operation, page))
  .join('\n')}
<h2 id="${anchor('schemas', page)}">Schemas of ${escaped(page)}</h2>
${schemas.join('\n')}</section>`;
}

function operationArticle(document: JsonObject, { id, method, path, parameters, value }: Operation, page: string): string {
  const rows = parameters.map((parameter) => {
    const { name, in: where, required, schema, description } = asObject(resolved(document, parameter));
    return [
      `<code>${escaped(textOf(name))}</code>`,
      escaped(textOf(where)),
      required === true ? 'yes' : 'no',
      typeOf(asObject(schema), page),
      escaped(textOf(description)),
    ];
  });
  const request = asObject(resolved(document, value.requestBody));
  const answers = entriesOf(value.responses).map(([status, response]) =>
    answerRow(status, asObject(resolved(document, response)), page),
  );
  const examples = entriesOf(value.responses).flatMap(([status, response]) =>
    examplesIn(asObject(resolved(document, response)), `Example of ${status}`),
  );
  return `<article id="${anchor('operation', page, id)}"><h3><span class="verb">${method}</span> <code>${escaped(path)}</code> ${escaped(id)}</h3>
${paragraph(value.summary)}${paragraph(value.description, 'soft')}
${rows.length > 0 ? `<h4>Parameters</h4>${table(`Parameters of ${id}`, ['name', 'in', 'required', 'type', 'description'], rows)}` : ''}
${request.content === undefined ? '' : `<h4>Body${request.required === true ? ', required' : ''}</h4>${bodiesOf(request, id, page)}${examplesIn(request, 'Example').join('')}`}
<h4>Answers</h4>${table(`Answers of ${id}`, ['status', 'meaning', 'body', 'headers'], answers)}
${examples.join('')}</article>`;
}

function bodiesOf(request: JsonObject, id: string, page: string): string {
  return entriesOf(request.content)
    .map(([type, { schema }]) => {
      const fields = schemaTable(`Body of ${id}`, asObject(schema), page);
      return `<p><code>${escaped(type)}</code>: ${typeOf(asObject(schema), page)}</p>${fields}`;
    })
    .join('');
}

function answerRow(status: string, response: JsonObject, page: string): readonly string[] {
  const bodies = entriesOf(response.content).map(
    ([type, { schema }]) => `<code>${escaped(type)}</code> ${typeOf(asObject(schema), page)}`,
  );
  const headers = Object.keys(asObject(response.headers)).map((name) => `<code>${escaped(name)}</code>`);
  return [escaped(status), escaped(textOf(response.description)), bodies.join('<br>') || 'none', headers.join(', ')];
}

function examplesIn({ content }: JsonObject, title: string): string[] {
  return entriesOf(content).flatMap(([, { example: one, examples }]) => [
    ...(one === undefined ? [] : [example(title, one)]),
    ...entriesOf(examples).map(([name, { value }]) => example(`${title}: ${name}`, value ?? null)),
  ]);
}
