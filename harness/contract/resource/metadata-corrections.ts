/** Where metadata.yaml of components-contrib is silent or wrong, and what daprd itself reads besides. One reason a line. */
import type { Key } from './dapr/from-contrib.ts';

export interface Correction {
  /** A type, or a family: `pubsub.*`. */
  readonly of: string;
  /** Keys to add, or to put in the place of those told. */
  readonly keys?: Readonly<Record<string, Key>>;
  /** Told as required, and are not. */
  readonly optional?: readonly string[];
  /** One of these must be there. */
  readonly oneOf?: readonly string[];
  /** Read by its raw name: with other capitals it is ignored. Every other key is matched without regard to case. */
  readonly exactCase?: readonly string[];
  readonly because: string;
}

const text: Key = {};
const yesNo: Key = { type: 'bool' };

export const corrections: readonly Correction[] = [
  {
    of: 'bindings.*',
    keys: { direction: text, route: text },
    exactCase: ['route'],
    because: 'daprd reads them (processor/binding): which way, and the path in the app',
  },
  {
    of: 'pubsub.*',
    keys: { allowedTopics: text, publishingScopes: text, subscriptionScopes: text, protectedTopics: text },
    because: 'daprd reads them (pkg/scopes)',
  },
  { of: 'pubsub.*', keys: { consumerID: text }, because: 'daprd sets it to the app-id unless it is given (processor/pubsub)' },
  {
    of: 'state.*',
    keys: { keyPrefix: text, actorStateStore: yesNo },
    because: 'daprd reads them (components/state, processor/state)',
  },
  { of: 'lock.*', keys: { keyPrefix: text }, because: 'daprd reads it (components/lock)' },
  {
    of: 'state.*',
    keys: { outboxPublishPubsub: text, outboxPublishTopic: text, outboxPubsub: text, outboxDiscardWhenMissingState: yesNo },
    because: 'daprd reads them (runtime/pubsub/outbox)',
  },
  {
    of: 'state.*',
    keys: { primaryEncryptionKey: text, secondaryEncryptionKey: text },
    exactCase: ['primaryEncryptionKey', 'secondaryEncryptionKey'],
    because: 'daprd reads them by raw name (pkg/encryption)',
  },
  { of: 'state.*', keys: { queryIndexes: text }, because: 'the alpha Query API reads it of each store that has it' },
  {
    of: 'middleware.http.uppercase',
    keys: { direction: { allowed: ['request', 'response', 'both'] } },
    because: 'registered in daprd itself, without a metadata.yaml',
  },
  {
    of: 'pubsub.kafka',
    exactCase: [
      'initialOffset',
      'caCert',
      'channelBufferSize',
      'consumerFetchMin',
      'consumerFetchDefault',
      'excludeHeaderMetaRegex',
    ],
    because: 'looked up by raw name (common/component/kafka/metadata.go)',
  },
  {
    of: 'pubsub.kafka',
    keys: {
      authType: { allowed: ['none', 'password', 'mtls', 'oidc', 'oidc_private_key_jwt', 'certificate', 'awsiam'] },
      authRequired: yesNo,
    },
    oneOf: ['authType', 'authRequired'],
    because: 'told in each profile only; authRequired is its predecessor, and without either daprd ends',
  },
  {
    of: 'bindings.kafka',
    keys: {
      authType: { allowed: ['none', 'password', 'mtls', 'oidc', 'oidc_private_key_jwt', 'certificate', 'awsiam'] },
      authRequired: yesNo,
    },
    oneOf: ['authType', 'authRequired'],
    because: 'told in each profile only; authRequired is its predecessor, and without either daprd ends',
  },
  {
    of: 'pubsub.kafka',
    keys: { saslMechanism: text },
    optional: ['saslMechanism', 'caCert'],
    because: 'required by metadata.yaml, not by the code; its values are a rule of their own (component-rules.ts)',
  },
  {
    of: 'bindings.kafka',
    keys: { saslMechanism: text },
    optional: ['saslMechanism', 'caCert'],
    because: 'the same code as pubsub.kafka',
  },
  {
    of: 'pubsub.kafka',
    keys: {
      producerRequiredAcks: { allowed: ['all', 'local', 'none'] },
      compression: { allowed: ['none', 'gzip', 'snappy', 'lz4', 'zstd'] },
    },
    because: 'their values are told in prose only',
  },
  {
    of: 'secretstores.hashicorp.vault',
    optional: ['vaultToken', 'vaultTokenMountPath'],
    oneOf: ['vaultToken', 'vaultTokenMountPath'],
    because: 'metadata.yaml requires both, the code either',
  },
  { of: 'pubsub.jetstream', optional: ['deliverPolicy'], because: 'the code takes `all` without it' },
  {
    of: 'bindings.azure.eventhubs',
    optional: ['consumerID'],
    oneOf: ['consumerID', 'consumerGroup'],
    because: 'the code takes either name',
  },
  { of: 'bindings.influx', optional: ['measurement'], because: 'it comes with each request' },
  {
    of: 'pubsub.*',
    keys: { concurrencyMode: { allowed: ['parallel', 'single'] } },
    because: 'read by the helper that several share (pubsub/concurrency.go)',
  },
  { of: 'state.mongodb', optional: ['username', 'password'], because: 'a server without users needs neither' },
  { of: 'state.postgresql', oneOf: ['connectionString', 'url', 'host', 'hostaddr'], because: 'host, port and so on do as well' },
];

/** What may follow a retry prefix (kit/retry.Config). The prefix itself is case-sensitive. */
export const retrySuffixes: Readonly<Record<string, Key>> = {
  Policy: { allowed: ['constant', 'exponential'] },
  Duration: { type: 'duration' },
  InitialInterval: { type: 'duration' },
  RandomizationFactor: { type: 'number' },
  Multiplier: { type: 'number' },
  MaxInterval: { type: 'duration' },
  MaxElapsedTime: { type: 'duration' },
  MaxRetries: { type: 'number' },
};

/** Dapr's common ways to authenticate, as the shared Go packages read them (common/aws, common/authentication). */
export const builtInKeys: Readonly<Record<string, readonly string[]>> = {
  aws: [
    'region',
    'awsRegion',
    'accessKey',
    'secretKey',
    'sessionToken',
    'assumeRoleArn',
    'sessionName',
    'assumeRoleSessionName',
    'trustAnchorArn',
    'trustProfileArn',
  ],
  gcp: [
    'type',
    'projectID',
    'project_id',
    'privateKeyID',
    'private_key_id',
    'privateKey',
    'private_key',
    'clientEmail',
    'client_email',
    'clientID',
    'client_id',
    'authURI',
    'auth_uri',
    'tokenURI',
    'token_uri',
    'authProviderX509CertURL',
    'auth_provider_x509_cert_url',
    'clientX509CertURL',
    'client_x509_cert_url',
  ],
};
