/** The AsyncAPI document on the contract page: channels, who sends and receives, messages with their golden events, schemas. */
import { forHtml } from '../../for-html.ts';
import { anchor, entriesOf, example, paragraph, schemaArticle, table, typeOf } from './schema.ts';
import { asObject, type JsonObject, listOf, resolved, textOf } from '../../contract/document/openapi-bundle.ts';

const page = 'events';
const lastOf = (ref: unknown): string =>
  textOf(asObject(ref as JsonObject).$ref)
    .split('/')
    .at(-1) ?? '';
const messageLink = (name: string): string => `<a href="#${anchor('message', name)}">${forHtml(name)}</a>`;

export const eventLinks = (document: JsonObject): string[] => [
  ...entriesOf(document.channels).map(([name]) => `channel <a href="#${anchor('channel', name)}">${forHtml(name)}</a>`),
  ...entriesOf(document.operations).map(([name]) => `<a href="#${anchor('operation', page, name)}">${forHtml(name)}</a>`),
  ...entriesOf(asObject(document.components).messages).map(([name]) => `message ${messageLink(name)}`),
];

export function eventsPart(document: JsonObject): string {
  const { title, version, description } = asObject(document.info);
  const components = asObject(document.components);
  return `<section aria-labelledby="${anchor('document', page)}"><h2 id="${anchor('document', page)}">${forHtml(textOf(title))} <small class="soft">${forHtml(textOf(version))}</small></h2>
${paragraph(description)}
${entriesOf(document.channels)
  .map(([name, channel]) => channelArticle(document, name, channel))
  .join('\n')}
<h2 id="${anchor('operations', page)}">Who sends, who receives</h2>
${entriesOf(document.operations)
  .map(([name, operation]) => operationArticle(name, operation))
  .join('\n')}
<h2 id="${anchor('messages', page)}">Messages</h2>
${entriesOf(components.messages)
  .map(([name, message]) => messageArticle(document, name, message))
  .join('\n')}
<h2 id="${anchor('schemas', page)}">Schemas of events</h2>
${entriesOf(components.schemas)
  .map(([name, schema]) => schemaArticle(name, schema, page))
  .join('\n')}</section>`;
}

function channelArticle(document: JsonObject, name: string, channel: JsonObject): string {
  const kafka = asObject(asObject(channel.bindings).kafka);
  const users = entriesOf(document.operations)
    .filter(([, { channel: ref }]) => lastOf(ref) === name)
    .map(([operation, { summary }]) => [
      `<a href="#${anchor('operation', page, operation)}">${forHtml(operation)}</a>`,
      forHtml(textOf(summary)),
    ]);
  return `<article id="${anchor('channel', name)}"><h3><span class="verb">channel</span> <code>${forHtml(textOf(channel.address))}</code> ${forHtml(textOf(channel.title))}</h3>
${paragraph(channel.description)}
<p>Kafka topic <code>${forHtml(textOf(kafka.topic))}</code>, partitions ${forHtml(textOf(kafka.partitions))}. Messages: ${Object.keys(asObject(channel.messages)).map(messageLink).join(', ')}.</p>
${table(`Operations on ${name}`, ['operation', 'what it does'], users)}</article>`;
}

function operationArticle(name: string, operation: JsonObject): string {
  const { groupId } = asObject(asObject(operation.bindings).kafka);
  const { const: one, pattern, description } = asObject(groupId);
  const rows = [
    ['service', textOf(operation['x-service'])],
    ['pub/sub component', textOf(operation['x-pubsub'])],
    ['consumer group', groupId === undefined ? '' : `${textOf(one ?? pattern)}. ${textOf(description)}`],
    ['route', textOf(operation['x-route'])],
    ['routes by type', textOf(operation['x-routes'])],
    ['dead letters go to', textOf(operation['x-dead-letter'])],
  ].filter(([, value]) => value !== '');
  return `<article id="${anchor('operation', page, name)}"><h3><span class="verb">${forHtml(textOf(operation.action))}</span> ${forHtml(name)}</h3>
${paragraph(operation.summary)}
<p>Channel <a href="#${anchor('channel', lastOf(operation.channel))}">${forHtml(lastOf(operation.channel))}</a>, messages ${listOf(
    operation.messages,
  )
    .map((message) => messageLink(lastOf(message)))
    .join(', ')}.</p>
${table(
  `Settings of ${name}`,
  ['what', 'value'],
  rows.map(([what = '', value = '']) => [what, `<code>${forHtml(value)}</code>`]),
)}</article>`;
}

function messageArticle(document: JsonObject, name: string, message: JsonObject): string {
  const key = asObject(asObject(asObject(message.bindings).kafka).key);
  const headers = resolved(document, message.headers);
  return `<article id="${anchor('message', name)}"><h3><span class="verb">message</span> <code>${forHtml(textOf(message.name))}</code> ${forHtml(textOf(message.title))}</h3>
${paragraph(message.summary)}
${table(
  `Parts of ${name}`,
  ['part', 'type', 'description'],
  [
    ['payload', typeOf(asObject(message.payload), page), `<code>${forHtml(textOf(message.contentType))}</code>`],
    ['headers', typeOf(asObject(message.headers), page), forHtml(textOf(asObject(headers).description))],
    ['key', typeOf(key, page), forHtml(textOf(key.description))],
  ],
)}
${listOf(message.examples)
  .map((one) => example(`Data of a golden event: ${textOf(asObject(one).name)}`, asObject(one).payload ?? null))
  .join('')}</article>`;
}
