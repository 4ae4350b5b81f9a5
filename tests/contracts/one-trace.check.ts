import { randomBytes } from 'node:crypto';
import type { Experiment } from '../../harness/experiment.ts';
import { eventually } from '../../harness/workload/eventually.ts';
import { journeyTo } from '../../harness/workload/journey.ts';
import { logLines } from '../../harness/workload/log-lines.ts';

const requests = 5;
/** Both sidecars of the call, and the one that delivers the event, report under their app's name too. */
const wanted = ['backend', 'frontend', 'notification'];

export const oneTrace: Experiment = {
  name: 'one-trace',
  kind: 'check',
  suite: 'verify',
  asks: 'Does one trace show a request from the frontend through both sidecars, the backend, the outbox and Kafka to its effect?',
  proves: ['SC-008'],
  stage: { traces: true },
  workload: {
    title: `${requests} tasks created through the frontend, each with a trace of its own; Zipkin is asked for them`,
    async run(w) {
      const { trace } = w.target;
      if (!trace) throw new Error(`NO_TRACES: nobody can look at the traces of a ${w.target.kind} target`);
      const call = journeyTo('frontend', w);
      const user = `traced-${w.seed}`;
      w.journal.mark('mark', 'measured-start');
      for (let n = 0; n < requests; n++) {
        const traceId = randomBytes(16).toString('hex');
        const requestId = `trace-${w.seed}-${n}`;
        const { op } = await call({
          what: 'create',
          user,
          method: 'POST',
          path: '/api/tasks',
          headers: { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`, 'x-request-id': requestId },
          body: { title: `traced ${n}` },
          keyOf: (task) => String((task as { id: number }).id),
        });
        const look = async () => {
          const spans = await trace(traceId);
          const services = [...new Set(spans.map((span) => span.localEndpoint?.serviceName ?? '?'))].sort();
          const names = spans.map((span) => span.name ?? '');
          return {
            services,
            published: names.some((name) => /publish/.test(name)),
            invoked: names.some((name) => /invoke|calllocal/i.test(name)),
            delivered: names.some((name) => /task-events/.test(name)),
            named: wanted.filter((name) =>
              spans.some((span) => span.localEndpoint?.serviceName === name && span.tags?.['request.id'] === requestId),
            ),
            spans: spans.length,
          };
        };
        const whole = (seen: Awaited<ReturnType<typeof look>>) =>
          seen.named.length === wanted.length &&
          wanted.every((name) => seen.services.includes(name)) &&
          seen.invoked &&
          seen.delivered;
        const seen = await eventually(w, look, whole, { everyMs: 250, giveUpMs: 20_000 });
        const about = `trace ${traceId}, event ${op.eventId ?? 'none'}, ${seen.spans} spans`;
        w.journal.fact({
          name: 'all-services',
          expected: wanted,
          actual: seen.services.filter((name) => wanted.includes(name)),
          about,
        });
        w.journal.fact({ name: 'sidecars', expected: true, actual: seen.invoked, about });
        w.journal.fact({ name: 'broker', expected: true, actual: seen.delivered, about });
        w.journal.fact({ name: 'correlated-spans', expected: wanted, actual: seen.named, about });
        const logged = wanted.filter((name) => logLines(w.target, name)?.some((line) => line.request_id === requestId));
        if (w.target.logs) w.journal.fact({ name: 'correlated-logs', expected: wanted, actual: logged, about: requestId });
      }
    },
  },
  facts: [
    { name: 'all-services', asks: 'Are frontend, backend and notification in one trace?' },
    { name: 'sidecars', asks: "Is the sidecars' invocation in it?" },
    { name: 'broker', asks: 'Is the delivery from Kafka in it?' },
    { name: 'correlated-spans', asks: "Do spans of frontend, backend and notification carry the request's id?" },
    { name: 'correlated-logs', asks: 'Do the logs of frontend, backend and notification name it too?' },
  ],
  slos: [],
  checkers: ['delivery', 'conformance'],
  settleMsMax: 20_000,
};
