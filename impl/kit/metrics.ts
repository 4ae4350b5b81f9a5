/** Numbers for `/metrics`, in Prometheus' text. One registry per process; a metric is made where its module is loaded. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type LabelValues, Registry } from 'prom-client';

const registry = new Registry();

/** Dense around the objectives (100, 200, 500, 1000 ms). */
const defaultBucketsMs = [2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000, 30_000];

export const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
  new Counter({ name, help, labelNames, registers: [registry] });

export const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
  new Gauge({ name, help, labelNames, registers: [registry] });

/** A number that is looked up when somebody asks for it; not a number while that fails. Who opens a service again replaces its own. */
export function looked(name: string, help: string, read: () => Promise<number>): void {
  registry.removeSingleMetric(name);
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read().catch(() => Number.NaN));
    },
  });
}

export interface Durations<L extends string> {
  observe(labels: Record<L, string>, ms: number): void;
}

/** Prometheus counts in seconds, and the name says so; whoever calls counts in milliseconds, as all our limits do. */
export function histogram<L extends string>(
  name: `${string}_seconds`,
  help: string,
  labelNames: readonly L[],
  bucketsMs: readonly number[] = defaultBucketsMs,
): Durations<L> {
  const metric = new Histogram({ name, help, labelNames, buckets: bucketsMs.map((ms) => ms / 1_000), registers: [registry] });
  return { observe: (labels, ms) => metric.observe(labels as LabelValues<L>, ms / 1_000) };
}

/** Memory, event loop, garbage collection. Once per process. */
export const collectProcessMetrics = (): void => collectDefaultMetrics({ register: registry });

export const metricsText = (): Promise<string> => registry.metrics();
export const metricsType: string = registry.contentType;
