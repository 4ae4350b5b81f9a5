/** Every checker that a single short experiment can wake has convicted somebody, of exactly this. */

import { jest } from '@jest/globals';
import { convicts } from './conviction.ts';
import { relayOnly } from './trial.ts';

jest.setTimeout(240_000);

const life = { experiments: ['crud-events'], ...relayOnly };

convicts([
  {
    ...life,
    who: 'a subscriber that applies an event to another key',
    culprits: { notification: 'applies-another-key.ts' },
    of: ['crud-events checker:crud-events', 'crud-events checker:world'],
  },
  {
    ...life,
    who: 'a backend that makes no event for updates',
    culprits: { backend: 'no-event-for-updates.ts' },
    of: [
      'crud-events checker:crud-events',
      'crud-events checker:delivery',
      'crud-events checker:world',
      'crud-events fact:types-in-topics',
      'crud-events slo:nothing-lost',
    ],
  },
  {
    ...life,
    who: 'a backend that forgets the key under which a create was asked for',
    culprits: { backend: 'forgets-keys.ts' },
    of: ['crud-events fact:repeated-once'],
  },
  {
    ...life,
    who: 'a backend whose reads write',
    culprits: { backend: 'reads-write.ts' },
    of: ['crud-events checker:crud-events', 'crud-events checker:world', 'crud-events fact:types-in-topics'],
  },
  {
    ...life,
    who: 'a backend that does every create twice and answers once',
    culprits: { backend: 'makes-twice.ts' },
    of: ['crud-events checker:world'],
  },
  {
    ...life,
    who: 'a backend that acknowledges creates without naming their events',
    culprits: { backend: 'names-no-event.ts' },
    of: ['crud-events checker:completions', 'crud-events checker:crud-events', 'crud-events checker:world'],
  },
  {
    ...life,
    who: 'a backend that never completes anything',
    culprits: { backend: 'never-completes.ts' },
    of: ['crud-events checker:completions', 'crud-events fact:completed', 'crud-events fact:types-in-topics'],
  },
  {
    ...life,
    who: "a backend whose log tells its users' tokens",
    culprits: { backend: 'logs-tokens.ts' },
    of: ['(run) checker:secrets'],
  },
  {
    ...life,
    who: 'a backend that breaks its OpenAPI document',
    culprits: { backend: 'breaks-its-document.ts' },
    of: ['crud-events checker:answers', 'crud-events slo:answers-valid'],
  },
  {
    experiments: ['notification-down'],
    ...relayOnly,
    who: 'a service that refuses to start a second time',
    culprits: { notification: 'starts-once.ts' },
    of: ['notification-down checker:crashes', 'notification-down checker:healed'],
  },
  {
    experiments: ['invocation'],
    without: ['recurring'],
    who: 'a service that ends by itself in mid-experiment',
    culprits: { frontend: 'exits.ts' },
    of: ['invocation checker:crashes', 'invocation fact:routed'],
  },
  {
    experiments: ['sidecar-crash'],
    without: ['recurring'],
    who: 'a frontend that keeps those waiting whom it has to refuse',
    culprits: { frontend: 'hangs-on-refusal.ts' },
    of: ['sidecar-crash fact:fast-error'],
  },
  {
    ...relayOnly,
    who: 'a subscriber that does again what was done in an experiment long settled',
    experiments: ['redelivery', 'crud-events'],
    culprits: { notification: 'repeats-late.ts' },
    of: ['(run) checker:world'],
  },
]);
