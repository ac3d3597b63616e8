import { expect } from 'chai';
import { jsonSchema, schemasAt, type JsonSchema } from '../../src/config/json-schema.js';

/** Every field that is no section, by its path. */
function fields(schema: JsonSchema, path = ''): [string, JsonSchema][] {
  if (schema.reload !== undefined) return [[path, schema]];
  const inner = { ...schema.properties, '[]': schema.items, '*': schema.additionalProperties };
  return Object.entries(inner).flatMap(([name, next]) =>
    typeof next === 'object' ? fields(next, path === '' ? name : `${path}.${name}`) : [],
  );
}

describe('the JSON schema', () => {
  it('gives a reload class and a description to every field', () => {
    const all = fields(jsonSchema());
    expect(all).to.have.length.above(40);
    for (const [path, { reload, description }] of all) {
      expect(reload, path).to.be.oneOf(['live', 'reconnect', 'restart']);
      expect(description, path).to.be.a('string').that.is.not.empty;
    }
  });

  it('has only sections that take no unknown field', () => {
    const sections = Object.entries(jsonSchema().properties ?? {}).filter(([, { properties }]) => properties !== undefined);
    expect(sections).to.have.length.above(7);
    for (const [name, { additionalProperties }] of sections) expect(additionalProperties, name).to.equal(false);
  });

  it('tells defaults as they are written in a file', () => {
    expect(schemasAt(['write', 'quiet'])[0]).to.include({ type: 'string', default: '150ms', reload: 'live' });
    expect(schemasAt(['outbox', 'maxBytes'])[0]).to.include({ type: 'string', default: '1GiB', reload: 'restart' });
    expect(schemasAt(['conversations', 'max'])[0]).to.include({ type: 'integer', default: 100_000 });
    expect(schemasAt(['genesys', 'clientId'])[0]).to.not.have.property('default');
  });

  it('finds what may stand at a path, in sections, lists and maps of names', () => {
    expect(schemasAt(['write', 'policy'])[0]?.enum).to.deep.equal(['adaptive', 'debounce', 'immediate']);
    expect(Object.keys(schemasAt(['rules', 3])[0]?.properties ?? {})).to.deep.equal(['name', 'when', 'if', 'lookup', 'set']);
    expect(schemasAt(['lookups', 'any', 'timeout'])[0]?.description).to.equal('a try that takes longer is given up');
  });

  it('finds every alternative, also those of alternatives', () => {
    const topics = schemasAt(['notifications', 'topics', 0]);
    expect(topics.map(({ properties }) => Object.keys(properties ?? {}))).to.deep.equal([[], ['queues', 'suffix'], ['users', 'suffix']]);
  });

  it('finds nothing where nothing may stand', () => {
    expect(schemasAt(['write', 'nothing'])).to.be.empty;
    expect(schemasAt(['write', 'quiet', 'deeper'])).to.be.empty;
    expect(schemasAt(['write', 0])).to.be.empty;
  });
});
