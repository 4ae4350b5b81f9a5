import { expect, test } from '@jest/globals';
import { metricNames } from '../../../harness/verdict/metrics.ts';
import { validateSlo } from '../../../harness/verdict/validate-slo.ts';
import { slo } from './scene.ts';

test('a good objective has no errors', () => {
  expect(validateSlo(slo())).toEqual([]);
});

test('all errors come at once, each with the nearest known name', () => {
  const errors = validateSlo({
    ...slo(),
    metric: 'latency.respnse',
    stat: 'p999',
    window: 'mesured',
    limit: 'fast',
    samplesMin: 0,
  });
  expect(errors).toEqual([
    'latency.respnse is not a metric; did you mean latency.response?',
    'p999 is not a stat; did you mean p99?',
    'mesured is not a window; did you mean measured?',
    'limit must be a finite number',
    'samplesMin must be a whole number of at least 1',
  ]);
});

test('a statistic or a unit that the metric does not have is an error', () => {
  expect(validateSlo(slo({ metric: 'errors', unit: 'ratio' }))).toEqual(['errors has no p50; it has ratio']);
  expect(validateSlo(slo({ unit: 's' }))).toEqual(['latency.response is measured in ms, not s']);
});

test('a misspelt field is an error, and a file that is no map too', () => {
  expect(validateSlo({ ...slo(), limits: 3 })).toEqual(['limits is not a field; did you mean limit?']);
  expect(validateSlo('fast')).toEqual(['an objective is a map of fields']);
});

test('every promised metric is registered', () => {
  expect(metricNames().toSorted()).toEqual(
    [
      'answers.broken',
      'broker.appended',
      'contract.invalid',
      'delivery.duplicated',
      'delivery.lost',
      'delivery.reordered',
      'errors',
      'latency.accept-to-broker',
      'latency.accept-to-effect',
      'latency.generator-lag',
      'latency.response',
      'latency.service',
      'recovery.caught-up',
      'recovery.relapses',
      'throughput',
    ].toSorted(),
  );
});
