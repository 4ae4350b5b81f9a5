/**
 * Traces: W3C trace context in and out, spans to Zipkin where one is configured. Ids travel with or without it, so that the
 * log lines of all services can be joined.
 */
import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';

export interface TelemetryOptions {
  readonly service: string;
  readonly replica: string;
  /** E.g. `http://127.0.0.1:9411/api/v2/spans`. */
  readonly zipkinUrl: string | undefined;
  /** Share of the traces that begin here; one that began elsewhere brings its own decision. */
  readonly traceRatio: number;
}

export interface Telemetry {
  /** Sends what is still here. */
  close(): Promise<void>;
}

const exportMsMax = 5_000;

export function openTelemetry({ service, replica, zipkinUrl, traceRatio }: TelemetryOptions): Telemetry {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': replica }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(traceRatio) }),
    spanProcessors:
      zipkinUrl === undefined
        ? []
        : [
            // Its queue is bounded; what comes faster than it leaves is dropped, and no request waits for it.
            new BatchSpanProcessor({
              exporter: new ZipkinExporter({ url: zipkinUrl, serviceName: service }),
              scheduledDelayMillis: 1_000,
              exportTimeoutMillis: exportMsMax,
            }),
          ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    async close() {
      // A Zipkin that is away must neither hold up the stop nor make it fail.
      await provider.shutdown().catch(() => {});
      trace.disable();
      propagation.disable();
      context.disable();
    },
  };
}

/** W3C traceparent of the active span, for what goes on later and elsewhere: an outbox row, a job. */
export const currentTrace = (): string | null => traceparentOf(trace.getActiveSpan());
export const currentTraceId = (): string | undefined => trace.getActiveSpan()?.spanContext().traceId;

/** What a call out carries. Outside of a trace a context that nobody keeps: without one the receiver would begin its own. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers.traceparent === undefined ? { traceparent: unkeptTrace() } : headers;
}

const unkeptTrace = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;

/** W3C trace context as it came in. */
export interface IncomingTrace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export interface SpanOptions {
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Absent: a child of the active span. Null, or what is no trace context: a new trace. */
  readonly parent?: string | IncomingTrace | null;
  readonly attributes?: Attributes;
}

/** The work in a span of its own, which is the active one meanwhile. A throw is recorded and passed on. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const parent = parentOf(options.parent);
  const span = tracer().startSpan(name, { kind: kinds[options.kind], attributes: options.attributes ?? {} }, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, (error as Error)?.message);
      throw error;
    } finally {
      span.end();
    }
  });
}

export const failed = (span: Span, message = 'unknown'): void => void span.setStatus({ code: SpanStatusCode.ERROR, message });

/** A span that began earlier and ends elsewhere, under a trace that was written down. Only for traces that are kept. */
export interface LooseSpan {
  readonly trace: string;
  end(error?: string): void;
}

export const isSampled = (traceparent: string | null): traceparent is string => traceparent?.endsWith('-01') ?? false;

export function looseSpan(
  name: string,
  { kind, parent, attributes = {}, startedAtMs }: SpanOptions & { readonly parent: string; readonly startedAtMs: number },
): LooseSpan {
  const span = tracer().startSpan(name, { kind: kinds[kind], attributes, startTime: startedAtMs }, parentOf(parent));
  return {
    trace: traceparentOf(span) ?? parent,
    end(error) {
      if (error !== undefined) failed(span, error);
      span.end();
    },
  };
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const tracer = () => trace.getTracer('todo');

function parentOf(parent: SpanOptions['parent']): Context {
  if (parent === undefined) return context.active();
  if (parent === null) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, typeof parent === 'string' ? { traceparent: parent } : parent);
}

function traceparentOf(span: Span | undefined): string | null {
  const of = span?.spanContext();
  return of && trace.isSpanContextValid(of) ? `00-${of.traceId}-${of.spanId}-${of.traceFlags & 1 ? '01' : '00'}` : null;
}
