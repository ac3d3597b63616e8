import { expect } from 'chai';
import fc from 'fast-check';
import { reloadOf } from '../../src/config/diff.js';
import { jsonSchema, type JsonSchema } from '../../src/config/json-schema.js';
import { configSchema, type Config } from '../../src/config/schema.js';
import { anyConfig, withSecrets } from '../support/configs.js';

const least = { genesys: { region: 'mypurecloud.com', clientId: 'a', clientSecretFile: 'secret' } };
const configOf = (sections: Readonly<Record<string, unknown>> = {}): Config => configSchema.parse({ ...least, ...sections });

/** Changed paths with their classes. */
function changes(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): [string, string][] {
  return reloadOf(withSecrets(configOf(before)), withSecrets(configOf(after))).changes.map(({ path, reload }) => [path, reload]);
}

/** Paths of the fields that need a restart, by the schema. */
function restartPaths({ reload, properties = {} }: JsonSchema, path: string[] = []): string[][] {
  if (reload !== undefined) return reload === 'restart' ? [path] : [];
  return Object.entries(properties).flatMap(([name, inner]) => restartPaths(inner, [...path, name]));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => {
    const names = at as Record<string, unknown>;
    return Object.hasOwn(names, name) ? names[name] : undefined;
  }, value);
}

/** A config with the values of another at some paths: written anew here, as it is what the code is held against. */
function withValues(config: Config, paths: readonly string[][], from: Config): unknown {
  const copy: unknown = structuredClone(config);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown>;
    const value = valueAt(from, path);
    const name = path.at(-1)!;
    if (value === undefined) Reflect.deleteProperty(parent, name);
    else Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

const splitPath = (path: string): string[] => {
  const [, name] = /^lookups\.(.*)$/.exec(path) ?? [];
  return name === undefined ? path.split('.') : ['lookups', name];
};

describe('what a reload changes', () => {
  it('is nothing where a config says the same in other words', () => {
    expect(changes({ write: { quiet: '1s' } }, { write: { quiet: '1000ms', enabled: true }, log: {} })).to.be.empty;
  });

  it('is told field by field, each with its class', () => {
    expect(
      changes(
        { genesys: { ...least.genesys, budget: { perMinute: 5 } } },
        {
          genesys: { ...least.genesys, region: 'mypurecloud.de', budget: { reserve: 0.5 } },
          write: { target: 'attributes', quiet: '1s' },
          http: { listen: 'off', webhookSecretFile: 'hooks' },
          reload: { watch: true },
        },
      ),
    ).to.deep.equal([
      ['genesys.region', 'reconnect'],
      ['genesys.budget.perMinute', 'live'],
      ['genesys.budget.reserve', 'live'],
      ['write.target', 'restart'],
      ['write.quiet', 'live'],
      ['http.listen', 'restart'],
      ['http.webhookSecretFile', 'live'],
      ['reload.watch', 'restart'],
    ]);
  });

  it('names rules and topics as a whole, and lookups by name', () => {
    const lookup = { url: 'http://crm/{ani}' };
    const rule = { name: 'r', when: 'conversation.started', set: { a: '1' } };
    expect(
      changes(
        { lookups: { same: lookup, other: lookup, gone: lookup }, rules: [rule], notifications: { topics: ['v2.a'] } },
        {
          lookups: { new: lookup, other: { ...lookup, timeout: '1s' }, same: lookup },
          rules: [{ ...rule, set: { a: '2' } }],
          notifications: { topics: ['v2.a', 'v2.b'] },
        },
      ),
    ).to.deep.equal([
      ['notifications.topics', 'live'],
      ['lookups.other', 'live'],
      ['lookups.gone', 'live'],
      ['lookups.new', 'live'],
      ['rules', 'live'],
    ]);
  });

  it('is also what a secret file says now', () => {
    const config = configOf({
      http: { tokenFile: 'token' },
      lookups: { crm: { url: 'http://crm/', headersFile: 'headers' }, other: { url: 'http://crm/' } },
    });
    const { applied, changes: found } = reloadOf(withSecrets(config, '1'), withSecrets(config, '2'));
    expect(found).to.deep.equal([
      { path: 'genesys.clientSecretFile', reload: 'reconnect' },
      { path: 'lookups.crm', reload: 'live' },
      { path: 'http.tokenFile', reload: 'live' },
    ]);
    expect(applied).to.deep.equal(withSecrets(config, '2'));
  });

  it('never takes the token from an address that others reach, as the address stays until a restart', () => {
    const open = withSecrets(configOf({ http: { listen: '0.0.0.0:80', tokenFile: 'token' } }));
    const { applied, changes: found } = reloadOf(open, withSecrets(configOf({ http: { listen: '127.0.0.1:80' } }), '2'));
    expect(found.filter(({ path }) => path.startsWith('http'))).to.deep.equal([
      { path: 'http.listen', reload: 'restart' },
      { path: 'http.tokenFile', reload: 'restart' },
    ]);
    expect(applied.config.http).to.deep.equal(open.config.http);
    expect(applied.secrets.find(({ path }) => path[1] === 'tokenFile')?.content).to.equal('token 1');
  });

  it('takes another token for such an address at once, and none any more where none is needed', () => {
    const at = (listen: string, http: object): Config => configOf({ http: { listen, ...http } });
    const open = at('0.0.0.0:80', { tokenFile: 'token' });
    expect(reloadOf(withSecrets(open), withSecrets(at('0.0.0.0:80', { tokenFile: 'new' }))).changes).to.deep.equal([
      { path: 'http.tokenFile', reload: 'live' },
    ]);
    const shut = at('127.0.0.1:80', { tokenFile: 'token' });
    const { applied } = reloadOf(withSecrets(shut), withSecrets(at('127.0.0.1:80', {})));
    expect(applied.config.http.tokenFile).to.equal(undefined);
    expect(applied.secrets.map(({ path }) => path.join('.'))).to.deep.equal(['genesys.clientSecretFile']);
  });
});

describe('for any two valid configs', () => {
  const listen = ['off', '127.0.0.1:0', '0.0.0.0:80'];
  const two = fc.tuple(anyConfig(listen), anyConfig(listen), fc.constantFrom('1', '2'));

  it('every difference is named, and nothing else', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        const paths = reloadOf(withSecrets(a), withSecrets(b)).changes.map(({ path }) => splitPath(path));
        for (const path of paths) expect(valueAt(a, path)).not.to.deep.equal(valueAt(b, path));
        expect(withValues(a, paths, b)).to.deep.equal(b);
      }),
    );
  });

  it('what is applied is the second one but for what needs a restart, and for the token of an open address', () => {
    fc.assert(
      fc.property(two, ([a, b, version]) => {
        const { applied, changes: found } = reloadOf(withSecrets(a), withSecrets(b, version));
        const token = found.some(({ path, reload }) => path === 'http.tokenFile' && reload === 'restart');
        expect(token).to.equal(a.http.listen === '0.0.0.0:80' && b.http.tokenFile === undefined);
        const kept = [...restartPaths(jsonSchema()), ...(token ? [['http', 'tokenFile']] : [])];
        expect(applied.config).to.deep.equal(withValues(b, kept, a));
        for (const { path, reload } of found) expect(reload === 'restart', path).to.equal(kept.some((each) => each.join('.') === path));
      }),
    );
  });

  it('what runs then differs from the second one only in what needs a restart', () => {
    fc.assert(
      fc.property(two, ([a, b, version]) => {
        const { applied, changes: first } = reloadOf(withSecrets(a), withSecrets(b, version));
        const { applied: again, changes: second } = reloadOf(applied, withSecrets(b, version));
        expect(second).to.deep.equal(first.filter(({ reload }) => reload === 'restart'));
        expect(again.config).to.deep.equal(applied.config);
        expect(again.secrets).to.have.deep.members([...applied.secrets]);
      }),
    );
  });

  it('neither of them is touched', () => {
    fc.assert(
      fc.property(two, ([a, b]) => {
        const [before, after] = [structuredClone(a), structuredClone(b)];
        reloadOf(withSecrets(a), withSecrets(b));
        expect([a, b]).to.deep.equal([before, after]);
      }),
    );
  });
});
