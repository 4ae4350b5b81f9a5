/**
 * k6: creates tasks at a fixed arrival rate (open model). The intended start of an iteration is computed, not observed, so
 * a late generator shows as lag and a slow answer as response time; k6 alone hides both.
 */
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import { drawTask } from './draw.ts';

const number = (name: string, otherwise: number): number => Number(__ENV[name] ?? otherwise);
const rate = number('RATE', 100);
const warmupMs = number('WARMUP_MS', 3000);
const measuredMs = number('MEASURED_MS', 30_000);
const vusMax = number('VUS_MAX', 100);
/** Ticks beyond the end, in which nothing is sent: whether k6 still makes the arrival that is due at the end is a race. */
const slackMs = number('SLACK_MS', 250);
const tokens = JSON.parse(__ENV.TOKENS ?? '{}') as Record<string, string>;
const users = Object.keys(tokens);
const seed = number('SEED', 0);
/** One answer in so many is kept whole, and every answer that is not the usual one. */
const answerEvery = 20;

const arrivals = (durationMs: number, startMs: number) => ({
  executor: 'constant-arrival-rate',
  rate,
  timeUnit: '1s',
  duration: `${durationMs + slackMs}ms`,
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
const invoke = new Counter('plumbline_invoke');

/** Metadata, not tags: an id per request would make a time series per request inside k6. */
function tell(name: 'invoke' | 'op', value: object, add: () => void): void {
  exec.vu.metrics.metadata[name] = JSON.stringify(value);
  add();
  delete exec.vu.metrics.metadata[name];
}

export default function createTask(): void {
  const { name, startTime, iterationInTest } = exec.scenario;
  const warmup = name === 'warmup';
  if (iterationInTest >= Math.round((rate * (warmup ? warmupMs : measuredMs)) / 1000)) return;
  if (!warmup && iterationInTest === 0) console.log(`plumbline measured-start ${startTime}`);
  const intendedAt = startTime + (iterationInTest * 1000) / rate;
  const startedAt = Date.now();
  const id = `${name}/${iterationInTest}`;
  const common = { what: 'create', intendedAt, eventType: 'task.created', ...(warmup && { warmup }) };
  tell('invoke', { id, at: startedAt, ...common }, () => invoke.add(1));
  const user = users[iterationInTest % users.length] ?? 'nobody';
  const path = `/api/${user}/tasks`;
  const { title, description, priority } = drawTask(seed, iterationInTest);
  const response = http.post(`${__ENV.TARGET}${path}`, JSON.stringify({ title, description, priority_id: priority }), {
    headers: { 'Content-Type': 'application/json', Authorization: tokens[user] ?? '' },
    timeout: '10s',
  });
  // Date.now() has whole milliseconds; k6's own timings are finer.
  const at = startedAt + response.timings.blocked + response.timings.duration;
  const metadata: Record<string, unknown> = { invoke: id, ...common, startedAt, at, status: response.status };
  if (response.status === 201) {
    metadata.eventId = response.headers['X-Event-Id'];
    try {
      metadata.key = String((response.json() as { id: number }).id);
    } catch (error) {
      metadata.unreadable = true;
      metadata.error = `body unreadable: ${String(error).slice(0, 200)}`;
    }
  } else {
    metadata.errorCode = response.error_code;
    metadata.error = response.error || String(response.body).slice(0, 200);
  }
  const usual = response.status === 201 && !metadata.unreadable;
  if (response.status !== 0 && (!usual || iterationInTest % answerEvery === 0))
    metadata.answer = {
      method: 'POST',
      path,
      contentType: response.headers['Content-Type'] ?? null,
      headers: response.headers,
      body: String(response.body ?? ''),
    };
  tell('op', metadata, () => op.add(at - startedAt));
}
