import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { z } from 'zod';
import { metricList } from '../../src/observe/metric-list.js';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.literal('attributed'),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Attributed[A-Z]\w+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+m$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string().min(10), description: z.string().min(80) }),
        }),
      ),
    }),
  ),
});

/** As they stand in an exposition: a histogram has three series. */
const series = new Set(
  Object.entries(metricList).flatMap(([name, { type }]) =>
    (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((end) => `attributed_${name}${end}`),
  ),
);

/** What is named in a text as if it was a metric of ours. */
function named(text: string): string[] {
  return [...new Set(text.match(/\battributed_\w+/g))];
}

describe('what is shipped for Prometheus and Grafana', () => {
  const { rules } = rulesSchema.parse(parse(read('config/monitoring/attributed.rules.yml'))).groups[0] ?? { rules: [] };
  const dashboard = read('config/monitoring/grafana-dashboard.json');

  it('names no metric that does not exist', () => {
    for (const text of [...rules.map(({ expr }) => expr), dashboard]) expect([...series]).to.include.members(named(text));
    expect(rules.flatMap(({ expr }) => named(expr))).to.have.length.above(10);
  });

  it('asks only for labels that its metrics have', () => {
    const known = new Set([
      'job',
      'instance',
      'alertname',
      'alertstate',
      'le',
      ...Object.values(metricList).flatMap(({ labels }) => labels),
    ]);
    for (const text of [...rules.map(({ expr }) => expr), dashboard])
      for (const [, label = ''] of text.matchAll(/(\w+)=~?\\?"/g)) expect([...known]).to.include(label);
  });

  it('shows every metric in the dashboard', () => {
    const shown = named(dashboard).join(' ');
    for (const name of Object.keys(metricList)) expect(shown, name).to.contain(`attributed_${name}`);
  });

  it('lets the dashboard choose its Prometheus and its instances', () => {
    const schema = z.looseObject({
      templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
      panels: z.array(z.looseObject({ id: z.number(), type: z.string(), datasource: z.object({ uid: z.string() }).optional() })),
    });
    const { templating, panels } = schema.parse(JSON.parse(dashboard));
    expect(templating.list.map(({ name, type }) => `${name} ${type}`)).to.deep.equal(['DS_PROMETHEUS datasource', 'instance query']);
    for (const { type, datasource } of panels) expect(datasource?.uid).to.equal(type === 'row' ? undefined : '${DS_PROMETHEUS}');
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
  });

  it('has a row in the README’s runbook for each alert, in their order, and for no other', () => {
    const listed = [...read('README.md').matchAll(/^\| `(Attributed\w+)` +\| ([^|]+) \| ([^|]+) \|$/gm)].map(([, alert]) => alert);
    expect(listed).to.deep.equal(rules.map(({ alert }) => alert));
  });
});
