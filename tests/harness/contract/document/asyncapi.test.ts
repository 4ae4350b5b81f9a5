import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv, type AnySchemaObject } from 'ajv';
import * as formats from 'ajv-formats';
import { asyncApiFindings, operationsOf, type Surroundings } from '../../../../harness/contract/document/asyncapi.ts';
import { officialFindings } from '../../../../harness/contract/document/asyncapi-official.ts';
import { asyncApiSurroundings } from '../../../../harness/contract/document/asyncapi-surroundings.ts';
import type { JsonObject } from '../../../../harness/contract/document/openapi-bundle.ts';
import { subscriptions } from '../../../../impl/notification/subscriptions.ts';
import { project, system } from '../../../own-project.ts';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const json = (path: string) => JSON.parse(read(`contracts/events/${path}`)) as JsonObject;

const real = asyncApiSurroundings(project.contracts, system);
const versions = [...real.schemas.keys()];
const document = JSON.parse(real.text) as JsonObject;

describe('contracts/events/asyncapi.json', () => {
  it('is well-formed, and agrees with topics, components and schemas', () => {
    expect(asyncApiFindings(real)).toEqual([]);
    expect(real.pubsubs).toHaveLength(2);
    expect(versions).toHaveLength(6);
  });

  it('keeps the schema that the AsyncAPI project publishes', () => {
    expect(officialFindings(real.file, real.text)).toEqual([]);
    const [guilty] = officialFindings(real.file, real.text.replace('"action": "receive"', '"action": "recieve"'));
    expect(guilty).toMatchObject({ rule: 'asyncapi-invalid', pointer: expect.stringMatching(/^\/operations\/.*\/action$/) });
    expect(guilty?.line).toBeGreaterThan(1);
    expect(officialFindings(real.file, real.text.replace(/"asyncapi": "[^"]+"/, '"asyncapi": "9.9.9"'))).toEqual([
      expect.objectContaining({ pointer: '/asyncapi' }),
    ]);
  });

  it('has a receive operation for each subscription of notification, with its route and dead letters, and no other', () => {
    const said = operationsOf(document)
      .filter(({ action, service }) => action === 'receive' && service === 'notification')
      .map(({ topic, route, deadLetter }) => ({ topic, route, deadLetter }));
    const served = subscriptions.map(({ topic, route, deadLetterTopic }) => ({ topic, route, deadLetter: deadLetterTopic }));
    expect(said).toEqual(served);
  });

  it('has messages whose golden events keep the payload they promise', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    (formats.default as unknown as (ajv: Ajv) => void)(ajv);
    for (const path of versions) ajv.addSchema(json(path) as AnySchemaObject);
    const id = 'https://plumbline.example/contracts/events/asyncapi.json';
    ajv.addSchema({ $id: id, components: document.components } as AnySchemaObject);
    const { messages } = document.components as unknown as {
      messages: Record<string, { name: string; payload: { $ref: string }; 'x-golden'?: string[] }>;
    };
    const golden = Object.values(messages).flatMap(({ name, payload, 'x-golden': files = [] }) =>
      files.map((file) => ({ name, payload, file })),
    );
    expect(golden).toHaveLength(7);
    for (const { name, payload, file } of golden) {
      const data = json(file);
      expect(data.event_type).toBe(name);
      const validate = ajv.compile({ $ref: `${id}${payload.$ref}` });
      const cloudEvent = { specversion: '1.0', id: data.event_id, source: 'backend', type: name, data };
      expect([file, validate(cloudEvent), validate.errors]).toEqual([file, true, null]);
      expect(validate({ ...cloudEvent, data: { ...data, event_id: 7 } })).toBe(false);
    }
  });
});

type Mutable = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a document to be spoilt
const spoilt = (spoil: (document: Mutable) => void, around: Partial<Surroundings> = {}) => {
  const copy = JSON.parse(real.text) as Mutable;
  spoil(copy);
  return asyncApiFindings({ ...real, text: JSON.stringify(copy, null, 2), ...around });
};
const receive = 'notification.receive.task-events';

describe('what is wrong is found, where it is', () => {
  it.each<[string, (document: Mutable) => void, string]>([
    ['missing-field', (d) => delete d.info.version, '/info'],
    ['unknown-field', (d) => (d.channels.reminders.adress = 'x'), '/channels/reminders/adress'],
    ['wrong-version', (d) => (d.asyncapi = '2.6.0'), '/asyncapi'],
    ['unknown-action', (d) => (d.operations[receive].action = 'subscribe'), `/operations/${receive}/action`],
    [
      'dangling-reference',
      (d) => (d.components.messages.TaskCreated.payload.$ref = '#/components/schemas/Gone'),
      '/components/messages/TaskCreated/payload',
    ],
    [
      'dangling-reference',
      (d) => (d.components.schemas.CloudEvent.properties.data = { $ref: 'task-event/v9.9.json' }),
      '/components/schemas/CloudEvent/properties/data',
    ],
    ['channel-without-topic', (d) => (d.channels.reminders.address = 'remainders'), '/channels/reminders/address'],
    ['topic-without-channel', (d) => delete d.channels['task-updates'], '/channels'],
    [
      'partitions-differ',
      (d) => (d.channels['task-events'].bindings.kafka.partitions = 3),
      '/channels/task-events/bindings/kafka',
    ],
    ['topic-differs', (d) => (d.channels['task-events'].bindings.kafka.topic = 'tasks'), '/channels/task-events/bindings/kafka'],
    ['misnamed-operation', (d) => (d.operations[receive]['x-service'] = 'recurring'), `/operations/${receive}`],
    [
      'message-of-another-channel',
      (d) => (d.operations[receive].messages[0].$ref = '#/channels/task-updates/messages/TaskCreated'),
      `/operations/${receive}/messages/0`,
    ],
    ['unknown-pubsub', (d) => (d.operations[receive]['x-pubsub'] = 'rabbit'), `/operations/${receive}`],
    ['out-of-scope', (d) => (d.operations[receive]['x-pubsub'] = 'kafka-broadcast'), `/operations/${receive}`],
    ['topic-not-allowed', (d) => (d.operations[receive]['x-pubsub'] = 'kafka-broadcast'), `/operations/${receive}`],
    ['group-differs', (d) => (d.operations[receive].bindings.kafka.groupId.const = 'another'), `/operations/${receive}/bindings`],
    [
      'group-differs',
      (d) => delete d.operations['frontend.receive.task-updates'].bindings.kafka.groupId,
      '/operations/frontend.receive.task-updates/bindings',
    ],
    [
      'dead-letter-unsent',
      (d) => delete d.operations['notification.send.task-events-dead'],
      `/operations/${receive}/x-dead-letter`,
    ],
    ['subscriber-unmentioned', (d) => delete d.operations[receive], '/operations'],
    [
      'version-unmentioned',
      (d) => d.components.schemas.TaskEventInCloudEvent.allOf[1].properties.data.anyOf.pop(),
      '/components/schemas',
    ],
    ['type-without-message', (d) => (d.components.messages.ReminderFailed.name = 'reminder.lost'), '/components/messages'],
  ])('%s (%#)', (rule, spoil, pointer) => {
    const found = spoilt(spoil).find((finding) => finding.rule === rule && finding.pointer === pointer);
    expect(found).toMatchObject({ rule, pointer, file: 'contracts/events/asyncapi.json', severity: 'error' });
    if (pointer.split('/').length > 2) expect(found?.line).toBeGreaterThan(1);
  });

  it('type-without-message: by whatever name an event says its type, one of a list or the only one', () => {
    const schemas = new Map([
      ['order/placed.json', { properties: { what: { const: 'OrderPlaced' } } }],
      ['order/changed.json', { properties: { what: { enum: ['OrderAmended', 'OrderCancelled'] } } }],
    ]);
    const found = spoilt(() => {}, { naming: { type: 'what' }, schemas }).filter(({ rule }) => rule === 'type-without-message');
    expect(found.map(({ message }) => message.split(' ')[0])).toEqual(['OrderPlaced', 'OrderAmended', 'OrderCancelled']);
  });

  it('not-permitted: a component that lets the service neither send nor receive the topic', () => {
    const strict = real.pubsubs.map((one) => ({ ...one, publishingScopes: new Map([['backend', ['reminders']]]) }));
    expect(spoilt(() => {}, { pubsubs: strict }).map(({ rule, pointer }) => [rule, pointer])).toEqual([
      ['not-permitted', '/operations/backend.send.task-events'],
      ['not-permitted', '/operations/backend.send.task-updates'],
    ]);
  });
});
