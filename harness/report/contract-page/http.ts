/** One OpenAPI document on the contract page: its operations, then the schemas they speak of. */
import { forHtml } from '../../for-html.ts';
import { anchor, entriesOf, example, paragraph, schemaArticle, schemaTable, table, typeOf } from './schema.ts';
import { asObject, type Json, type JsonObject, listOf, resolved, textOf } from '../../contract/document/openapi-bundle.ts';

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
      `<a href="#${anchor('operation', pageOf(document), id)}">${forHtml(id)}</a> <code>${method.toUpperCase()} ${forHtml(path)}</code>`,
  );

export function httpPart(document: JsonObject): string {
  const page = pageOf(document);
  const schemas = entriesOf(asObject(document.components).schemas).map(([name, schema]) => schemaArticle(name, schema, page));
  return `<section aria-labelledby="${anchor('document', page)}"><h2 id="${anchor('document', page)}">${forHtml(page)} <small class="soft">${forHtml(textOf(asObject(document.info).version))}</small></h2>
${paragraph(asObject(document.info).description)}
${operationsOf(document)
  .map((operation) => operationArticle(document, operation, page))
  .join('\n')}
<h2 id="${anchor('schemas', page)}">Schemas of ${forHtml(page)}</h2>
${schemas.join('\n')}</section>`;
}

function operationArticle(document: JsonObject, { id, method, path, parameters, value }: Operation, page: string): string {
  const rows = parameters.map((parameter) => {
    const { name, in: where, required, schema, description } = asObject(resolved(document, parameter));
    return [
      `<code>${forHtml(textOf(name))}</code>`,
      forHtml(textOf(where)),
      required === true ? 'yes' : 'no',
      typeOf(asObject(schema), page),
      forHtml(textOf(description)),
    ];
  });
  const request = asObject(resolved(document, value.requestBody));
  const answers = entriesOf(value.responses).map(([status, response]) =>
    answerRow(status, asObject(resolved(document, response)), page),
  );
  const examples = entriesOf(value.responses).flatMap(([status, response]) =>
    examplesIn(asObject(resolved(document, response)), `Example of ${status}`),
  );
  return `<article id="${anchor('operation', page, id)}"><h3><span class="verb">${method}</span> <code>${forHtml(path)}</code> ${forHtml(id)}</h3>
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
      return `<p><code>${forHtml(type)}</code>: ${typeOf(asObject(schema), page)}</p>${fields}`;
    })
    .join('');
}

function answerRow(status: string, response: JsonObject, page: string): readonly string[] {
  const bodies = entriesOf(response.content).map(
    ([type, { schema }]) => `<code>${forHtml(type)}</code> ${typeOf(asObject(schema), page)}`,
  );
  const headers = Object.keys(asObject(response.headers)).map((name) => `<code>${forHtml(name)}</code>`);
  return [forHtml(status), forHtml(textOf(response.description)), bodies.join('<br>') || 'none', headers.join(', ')];
}

function examplesIn({ content }: JsonObject, title: string): string[] {
  return entriesOf(content).flatMap(([, { example: one, examples }]) => [
    ...(one === undefined ? [] : [example(title, one)]),
    ...entriesOf(examples).map(([name, { value }]) => example(`${title}: ${name}`, value ?? null)),
  ]);
}
