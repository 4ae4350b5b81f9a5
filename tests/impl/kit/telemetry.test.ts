/** Trace context in and out, and what the spans of the relay cost: nothing, where no trace is kept. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventId } from '#kit/event-id.ts';
import type { OutboxRow } from '#kit/outbox.ts';
import { producerSpans } from '#kit/relay/producer-spans.ts';
import { currentTrace, currentTraceId, inSpan, openTelemetry, type Telemetry, traceHeaders } from '#kit/telemetry.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = `00-${traceId}-00f067aa0ba902b7-01`;
let telemetry: Telemetry;
beforeAll(() => {
  telemetry = openTelemetry({ service: 'test', replica: '0', zipkinUrl: undefined, traceRatio: 0 });
});
afterAll(() => telemetry.close());

const inTrace = <T>(traceparent: string | null | undefined, work: () => T) =>
  inSpan('test', { kind: 'internal', ...(traceparent !== undefined && { parent: traceparent }) }, async () => work());

describe('a span', () => {
  it('continues what came in, sampled or not', async () => {
    expect(await inTrace(parent, currentTrace)).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-01$`));
    expect(await inTrace(parent.replace(/01$/, '00'), currentTrace)).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-00$`));
  });

  it.each([
    null,
    '',
    'abc',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-00f067aa0ba902b7-01`,
  ])('begins anew when what came in is %j', async (traceparent) => {
    const found = await inTrace(traceparent, currentTraceId);
    expect(found).toMatch(/^[\da-f]{32}$/);
    expect(found).not.toBe(traceId);
  });

  it('is a child of the active one', async () => {
    const [outer, inner] = await inSpan('outer', { kind: 'internal', parent }, async () => [
      currentTrace(),
      await inTrace(undefined, currentTrace),
    ]);
    expect([outer?.slice(3, 35), inner?.slice(3, 35)]).toEqual([traceId, traceId]);
    expect(inner).not.toBe(outer);
  });

  it('lets an exception through', async () => {
    await expect(inSpan('broken', { kind: 'internal' }, () => Promise.reject(new Error('ours')))).rejects.toThrow('ours');
  });

  it('hands on tracestate too', async () => {
    const tracestate = 'vendor=1';
    const headers = await inSpan('test', { kind: 'server', parent: { traceparent: parent, tracestate } }, async () =>
      traceHeaders(),
    );
    expect(headers).toMatchObject({ traceparent: expect.stringContaining(traceId), tracestate });
  });
});

it('outside of a trace a call carries one that nobody keeps', () => {
  expect(currentTrace()).toBeNull();
  expect(traceHeaders().traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
});

describe('spans of the relay', () => {
  const rowsOf = (count: number, trace: string | null): OutboxRow[] =>
    Array.from({ length: count }, () => ({
      id: eventId(),
      topics: ['t'],
      key: 'k',
      bucket: 0,
      type: 'task.created',
      body: '{}',
      trace,
      requestId: null,
      attempts: 0,
      refusals: 0,
    }));

  it('are between the request and the event', () => {
    const rows = rowsOf(3, parent);
    const spans = producerSpans('kafka-pubsub', [{ topic: 't', rows }]);
    const traces = spans.rows(rows).map((row) => row.trace ?? '');
    expect(new Set(traces).size).toBe(3);
    for (const trace of traces) {
      expect(trace.slice(3, 35)).toBe(traceId);
      expect(trace).not.toBe(parent);
    }
    for (const row of rows) spans.acknowledged(row.id, { type: 'ok', value: null });
  });

  it.each([
    ['no trace', 10, null],
    ['a trace nobody keeps', 10, parent.replace(/01$/, '00')],
    ['a backlog of kept ones', 11, parent],
  ])('are not made for %s', (_what, count, trace) => {
    const rows = rowsOf(count, trace);
    expect(producerSpans('kafka-pubsub', [{ topic: 't', rows }]).rows(rows)).toEqual(rows);
  });
});
