import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricList, type MetricName } from './metric-list.js';

type Named<T extends 'histogram' | 'counter' | 'gauge'> = {
  [Name in MetricName]: (typeof metricList)[Name]['type'] extends T ? Name : never;
}[MetricName];

/** A value, or one for each value of the metric's label; undefined is left out. */
type Reading = number | undefined | Readonly<Record<string, number>>;

/** The daemon's figures for Prometheus. Counters and gauges are read when they are asked for, from where they are kept. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #histograms = new Map<MetricName, Histogram>();

  /** @param build what runs */
  constructor(build: { version: string; node: string }) {
    const info = new Gauge({ ...this.#options('build_info'), labelNames: metricList.build_info.labels });
    info.set(build, 1);
    for (const [name, kind] of Object.entries(metricList) as [MetricName, (typeof metricList)[MetricName]][]) {
      if (kind.type !== 'histogram') continue;
      this.#histograms.set(name, new Histogram({ ...this.#options(name), labelNames: [...kind.labels], buckets: [...kind.buckets] }));
    }
  }

  /** Records one value of a histogram. */
  observe(name: Named<'histogram'>, value: number, label?: string): void {
    const [labelName] = metricList[name].labels;
    if (labelName === undefined || label === undefined) this.#histograms.get(name)?.observe(value);
    else this.#histograms.get(name)?.observe({ [labelName]: label }, value);
  }

  /** Says where the present value of a metric is read. */
  read(name: Exclude<Named<'counter' | 'gauge'>, 'build_info'>, reading: () => Reading): void {
    const { type, labels } = metricList[name];
    const [labelName] = labels;
    const Kind = type === 'counter' ? Counter : Gauge;
    const options = { ...this.#options(name), labelNames: [...labels] };
    new Kind({
      ...options,
      collect() {
        const value = reading();
        this.reset();
        if (value === undefined) this.remove();
        else if (typeof value === 'number') this.inc(value);
        else if (labelName !== undefined) for (const [label, count] of Object.entries(value)) this.inc({ [labelName]: label }, count);
      },
    });
  }

  /** All of them in Prometheus' text format, and its content type. */
  async exposition(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #options(name: MetricName): { name: string; help: string; registers: Registry[] } {
    return { name: `attributed_${name}`, help: metricList[name].says, registers: [this.#registry] };
  }
}
