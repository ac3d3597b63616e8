import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { logEventsTable, metricsTable, replaceBetween, schemaText } from '../../config/docs.js';
import { logEvents } from '../../src/observe/log-events.js';

const remedy = 'is not what the code says: run `npm run docs`';
const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('the generated documents', () => {
  it('config/attributed.schema.json is the schema of the code', () => {
    expect(read('config/attributed.schema.json') === schemaText(), `config/attributed.schema.json ${remedy}`).to.equal(true);
  });

  it('the README’s table of log events is that of the code', async () => {
    const readme = read('README.md');
    expect(readme === replaceBetween(readme, 'log events', await logEventsTable()), `README.md ${remedy}`).to.equal(true);
  });

  it('the README’s table of metrics is that of the code', async () => {
    const readme = read('README.md');
    expect(readme === replaceBetween(readme, 'metrics', await metricsTable()), `README.md ${remedy}`).to.equal(true);
    expect(await metricsTable()).to.match(
      /\| `attributed_topics` +\| gauge +\| `state` +\| topics that are desired, permitted, rejected +\|/,
    );
  });

  it('the table has a row for each log event, with level, fields and meaning', async () => {
    const [head = '', line = '', ...rows] = (await logEventsTable()).trim().split('\n');
    const cells = (row: string): string[] =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1);
    expect(cells(head)).to.deep.equal(['event', 'level', 'fields', 'says', 'grouped by']);
    expect(line).to.match(/^[| -]+$/);
    expect(rows.map((row) => cells(row)[0])).to.deep.equal(Object.keys(logEvents).map((event) => `\`${event}\``));
    const dropped = rows.map(cells).find(([event]) => event === '`log.dropped`');
    expect(dropped).to.deep.equal(['`log.dropped`', 'warn', '`lines`', logEvents['log.dropped'].says, '']);
    const grouped = rows.map(cells).filter(([event]) => event === '`channel.silent`' || event === '`outbox.full`');
    expect(grouped.map((row) => row.at(-1))).to.deep.equal(['`channel`', 'event']);
  });
});

describe('replacing between markers', () => {
  const text = 'before\n\n<!-- x -->\nold\n<!-- /x -->\n\nafter\n';

  it('changes what stands between them and nothing else', () => {
    expect(replaceBetween(text, 'x', '\nnew\n')).to.equal('before\n\n<!-- x -->\n\nnew\n\n<!-- /x -->\n\nafter\n');
  });

  it('changes nothing when it is done again', () => {
    const once = replaceBetween(text, 'x', 'new');
    expect(replaceBetween(once, 'x', 'new')).to.equal(once);
  });

  for (const [what, broken] of [
    ['without markers', 'text'],
    ['without the end', '<!-- x --> text'],
    ['without the beginning', 'text <!-- /x -->'],
    ['with the end first', '<!-- /x --> text <!-- x -->'],
    ['with two beginnings', `${text}<!-- x -->`],
    ['with two ends', `${text}<!-- /x -->`],
  ] as const)
    it(`refuses a text ${what}`, () => {
      expect(() => replaceBetween(broken, 'x', 'new')).to.throw('expected <!-- x --> and then <!-- /x -->, each once');
    });
});
