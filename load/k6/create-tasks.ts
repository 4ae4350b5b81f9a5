/**
 * k6: creates tasks at a fixed arrival rate (open model). The intended start of an iteration is computed, not observed, so
 * a late generator shows as lag and a slow answer as response time; k6 alone hides both.
 */
import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import { drawTask } from './draw.ts';

const number = (name: string, otherwise: number): number => Number(__ENV[name] ?? otherwise);
const rate = number('RATE', 100);
const warmupMs = number('WARMUP_MS', 3000);
const measuredMs = number('MEASURED_MS', 30_000);
const vusMax = number('VUS_MAX', 100);
const tokens = JSON.parse(__ENV.TOKENS ?? '{}') as Record<string, string>;
const users = Object.keys(tokens);
const seed = number('SEED', 0);
/** One answer in so many is kept whole, and every answer that is not the usual one. */
const answerEvery = 20;

const arrivals = (durationMs: number, startMs: number) => ({
  executor: 'constant-arrival-rate',
  rate,
  timeUnit: '1s',
  duration: `${durationMs}ms`,
  startTime: `${startMs}ms`,
  preAllocatedVUs: vusMax,
  maxVUs: vusMax,
  gracefulStop: '15s',
});

export const options = {
  scenarios: { ...(warmupMs > 0 && { warmup: arrivals(warmupMs, 0) }), measured: arrivals(measuredMs, warmupMs) },
  noConnectionReuse: false,
};

const op = new Trend('plumbline_op', true);

export default function createTask(): void {
  const { name, startTime, iterationInTest } = exec.scenario;
  const warmup = name === 'warmup';
  if (!warmup && iterationInTest === 0) console.log(`plumbline measured-start ${startTime}`);
  const intendedAt = startTime + (iterationInTest * 1000) / rate;
  const startedAt = Date.now();
  const user = users[iterationInTest % users.length] ?? 'nobody';
  const path = `/api/${user}/tasks`;
  const { title, description, priority } = drawTask(seed, iterationInTest);
  const response = http.post(`${__ENV.TARGET}${path}`, JSON.stringify({ title, description, priority_id: priority }), {
    headers: { 'Content-Type': 'application/json', Authorization: tokens[user] ?? '' },
    timeout: '10s',
  });
  // Date.now() has whole milliseconds; k6's own timings are finer.
  const at = startedAt + response.timings.blocked + response.timings.duration;
  const metadata: Record<string, unknown> = { what: 'create', intendedAt, startedAt, at, status: response.status };
  if (warmup) metadata.warmup = true;
  if (response.status === 201) {
    metadata.eventId = response.headers['X-Event-Id'];
    metadata.eventType = 'task.created';
    metadata.key = String((response.json() as { id: number }).id);
  } else {
    metadata.errorCode = response.error_code;
    metadata.error = response.error || String(response.body).slice(0, 200);
  }
  if (response.status !== 0 && (response.status !== 201 || iterationInTest % answerEvery === 0))
    metadata.answer = {
      method: 'POST',
      path,
      contentType: response.headers['Content-Type'] ?? null,
      body: String(response.body ?? ''),
    };
  // Metadata, not tags: an id per request would make a time series per request inside k6.
  exec.vu.metrics.metadata.op = JSON.stringify(metadata);
  op.add(at - startedAt);
  delete exec.vu.metrics.metadata.op;
}
