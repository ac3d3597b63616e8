import fc from 'fast-check';
import type { Loaded } from '../../src/config/diff.js';
import { configSchema, type Config } from '../../src/config/schema.js';

/** Any part of a section, each field with one of these values. */
function some(fields: Readonly<Record<string, readonly unknown[]>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, fc.constantFrom(...values)])), {
    requiredKeys: [],
  });
}

const hosts = fc.constantFrom(
  { region: 'mypurecloud.com' },
  { region: 'mypurecloud.de' },
  { apiUrl: 'http://127.0.0.1:1', loginUrl: 'http://127.0.0.1:2/' },
);
const credentials = fc.record({ clientId: fc.constantFrom('a', 'b'), clientSecretFile: fc.constantFrom('secret', 'other') });
const calls = fc.tuple(some({ requestTimeout: ['1s', '16s'] }), fc.record({ budget: some({ perMinute: [1, 300], reserve: [0, 0.1] }) }));
const lookup = fc.record(
  {
    url: fc.constantFrom('http://crm/{ani}', 'http://crm/{id}'),
    headersFile: fc.constant('headers'),
    timeout: fc.constantFrom('1s', '2s'),
  },
  { requiredKeys: ['url'] },
);
const rules = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('r1', 'r2', 'r3'),
    when: fc.constantFrom('conversation.started', 'conversation.updated', 'participant.added'),
    lookup: fc.constantFrom('crm', undefined),
    set: fc.constantFrom({ a: '1' }, { a: '2', b: 'lookup.x' }),
  }),
  { selector: ({ name }) => name },
);

/** Valid configs; `listen` is where they may listen, by default on addresses that need no token. */
export function anyConfig(listen: readonly string[] = ['off', '127.0.0.1:0']): fc.Arbitrary<Config> {
  const sections = fc.record({
    notifications: some({ topics: [[], ['v2.a'], ['v2.a', 'v2.b']], silenceTimeout: ['5s', '35s'] }),
    conversations: some({ max: [1, 100], forgetAfter: ['1s', '10m'] }),
    write: some({
      enabled: [true, false],
      target: ['voice', 'attributes'],
      participant: ['customer', 'agent'],
      quiet: ['1ms', '1s'],
      policy: ['debounce', 'immediate'],
      reassert: [0, 1],
      giveUpAfter: ['1s', '1h'],
    }),
    http: fc.tuple(fc.constantFrom(...listen), some({ tokenFile: ['token'], webhookSecretFile: ['hooks'] })),
    outbox: some({ dir: ['/a', '/b'], maxBytes: ['1MiB'], keepFinished: ['1s', '1h'], keepDead: ['1s', '1d'] }),
    log: some({ level: ['error', 'debug'], format: ['json', 'pretty'], values: [true, false] }),
    stop: some({ drain: ['1s', '2s'] }),
    reload: some({ watch: [true, false] }),
    rules,
    crm: lookup,
    lookups: fc.dictionary(fc.constantFrom('one', 'two', 'toString', '__proto__', 'one.two'), lookup, { maxKeys: 3 }),
  });
  return fc.tuple(hosts, credentials, calls, sections).map(([where, who, [time, budget], { http, crm, lookups, ...others }]) => {
    const [address, more] = http;
    return configSchema.parse({
      ...others,
      genesys: { ...where, ...who, ...time, ...budget },
      http: { listen: address, ...(address.startsWith('0.') ? { tokenFile: 'token' } : {}), ...more },
      lookups: { ...lookups, crm },
    });
  });
}

/** What stands in the secret files of a config, each with the version of its content. */
export function withSecrets(config: Config, version = '1'): Loaded {
  const content = (name: string): string => (name === 'headers' ? `X-Version: ${version}` : `${name} ${version}`);
  const secrets: [string[], string | undefined][] = [
    [['genesys', 'clientSecretFile'], config.genesys.clientSecretFile],
    [['http', 'tokenFile'], config.http.tokenFile],
    [['http', 'webhookSecretFile'], config.http.webhookSecretFile],
    ...Object.entries(config.lookups).map(([name, { headersFile }]): [string[], string | undefined] => [
      ['lookups', name, 'headersFile'],
      headersFile,
    ]),
  ];
  return { config, secrets: secrets.flatMap(([path, name]) => (name === undefined ? [] : [{ path, content: content(name) }])) };
}
