/** The shapes every part of the contract page is made of: text, anchors, tables, schemas, examples. */
import { forHtml } from '../../for-html.ts';
import { asObject, isObject, type Json, type JsonObject, listOf, textOf } from '../../contract/document/openapi-bundle.ts';

export const entriesOf = (value: Json | undefined): [string, JsonObject][] =>
  Object.entries(asObject(value)).map(([name, inner]) => [name, asObject(inner)]);

/** `operation--openapi--createTask`: the same in every page, so that links from elsewhere keep working. */
export const anchor = (...parts: readonly string[]): string =>
  parts.map((part) => part.replace(/[^a-zA-Z0-9.-]/g, '_')).join('--');

export const paragraph = (text: Json | undefined, kind = ''): string =>
  text === undefined ? '' : `<p${kind && ` class="${kind}"`}>${forHtml(textOf(text))}</p>`;

export function table(label: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const body = rows.map(
    ([first, ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" role="region" tabindex="0" aria-label="${forHtml(label)}"><table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

export const example = (title: string, value: Json): string =>
  `<details><summary>${forHtml(title)}</summary><pre tabindex="0"><code>${forHtml(JSON.stringify(value, null, 2))}</code></pre></details>`;

/** A schema as rows: nested fields by their path, references as links to where they are described. */
export function schemaTable(label: string, schema: JsonObject, page: string): string {
  return table(label, ['field', 'required', 'type', 'format and limits', 'description'], [...rowsOf(schema, '', page)]);
}

function* rowsOf(schema: JsonObject, prefix: string, page: string): Generator<readonly string[]> {
  const required = new Set(listOf(schema.required));
  for (const [name, inner] of Object.entries(asObject(schema.properties))) {
    const field = asObject(inner);
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const items = asObject(field.items);
    yield [
      `<code>${forHtml(path)}</code>`,
      required.has(name) ? 'yes' : 'no',
      typeOf(field, page),
      forHtml(limitsOf(field)),
      forHtml(textOf(field.description)),
    ];
    yield* rowsOf(field, path, page);
    if (items.properties !== undefined) yield* rowsOf(items, `${path}[]`, page);
  }
  for (const part of listOf(schema.allOf)) if (isObject(part) && part.properties !== undefined) yield* rowsOf(part, prefix, page);
}

/** `string or null`, `list of Task`; a reference becomes a link within the page's part. */
export function typeOf(schema: JsonObject, page: string): string {
  const { $ref: ref, type } = schema;
  if (typeof ref === 'string') {
    const name = ref.split('/').at(-1) ?? ref;
    return `<a href="#${anchor('schema', page, name)}">${forHtml(name)}</a>`;
  }
  for (const [keyword, joined] of [
    ['anyOf', ' or '],
    ['oneOf', ' or '],
    ['allOf', ' and '],
  ] as const) {
    const parts = listOf(schema[keyword]);
    if (type === undefined && parts.length > 0) return parts.map((part) => typeOf(asObject(part), page)).join(joined);
  }
  if (type === 'array' && schema.items !== undefined) return `list of ${typeOf(asObject(schema.items), page)}`;
  if (type === undefined) return schema.const !== undefined ? forHtml(JSON.stringify(schema.const)) : 'anything';
  return forHtml(Array.isArray(type) ? type.join(' or ') : textOf(type));
}

const limits = [
  ...[
    'format',
    'pattern',
    'const',
    'enum',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minLength',
    'maxLength',
  ],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'default'],
];
const limitsOf = (schema: JsonObject): string =>
  limits
    .filter((name) => schema[name] !== undefined)
    .map((name) => (name === 'format' ? textOf(schema[name]) : `${name} ${textOf(schema[name])}`))
    .join(', ');

/** One described schema, at the anchor its references link to. */
export function schemaArticle(name: string, schema: JsonObject, page: string): string {
  const bases = listOf(schema.allOf).filter((part) => asObject(part).$ref !== undefined);
  const built = bases.length > 0 ? `<p>All of ${bases.map((part) => typeOf(asObject(part), page)).join(' and ')}, and:</p>` : '';
  const fields = schemaTable(`Fields of ${name}`, schema, page);
  return `<article id="${anchor('schema', page, name)}"><h3>${forHtml(name)}</h3>${paragraph(schema.description)}${built}${fields || `<p>${typeOf(schema, page)} ${forHtml(limitsOf(schema))}</p>`}</article>`;
}
