import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../base/clock.js';
import { metricList, type MetricName } from './metric-list.js';
import { Recent, type RecentValues } from './recent.js';

type Named<T extends 'histogram' | 'counter' | 'gauge'> = {
  [Name in MetricName]: (typeof metricList)[Name]['type'] extends T ? Name : never;
}[MetricName];

/** A value, or one for each value of the metric's label; undefined is left out. */
type Reading = number | undefined | Readonly<Record<string, number>>;

export interface MetricsDeps {
  /** What runs. */
  version: string;
  node: string;
  clock: Pick<Clock, 'now'>;
}

/** The daemon's figures for Prometheus. Counters and gauges are read when they are asked for, from where they are kept. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #histograms = new Map<MetricName, Histogram>();
  /** By the name of a histogram, and by its label. */
  readonly #recent = new Map<MetricName, Map<string, Recent>>();
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ clock, ...build }: MetricsDeps) {
    this.#clock = clock;
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
    this.#recentOf(name, label ?? '').add(value);
  }

  /** What values a histogram was given within the last minute, by its label; without one, by an empty text. */
  recently(name: Named<'histogram'>): ReadonlyMap<string, RecentValues> {
    const found = new Map<string, RecentValues>();
    const series = this.#recent.get(name);
    for (const [label, { values }] of series ?? []) {
      // a lookup that is asked no more, or is gone since a reload, leaves nothing behind
      if (values === undefined) series?.delete(label);
      else found.set(label, values);
    }
    return found;
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

  #recentOf(name: MetricName, label: string): Recent {
    const series = this.#recent.get(name) ?? new Map<string, Recent>();
    const recent = series.get(label) ?? new Recent({ clock: this.#clock });
    series.set(label, recent);
    this.#recent.set(name, series);
    return recent;
  }

  #options(name: MetricName): { name: string; help: string; registers: Registry[] } {
    return { name: `attributed_${name}`, help: metricList[name].says, registers: [this.#registry] };
  }
}
