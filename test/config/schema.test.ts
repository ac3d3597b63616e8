import { expect } from 'chai';
import { regions } from '../../src/config/regions.js';
import { genesys, load, refuses, faultsIn } from './folder.js';

const durations = 'expected a duration with a unit, such as 150ms, 2s, 30m or 24h';
const writeFields = 'enabled, target, participant, quiet, maxWait, policy, confirmWithin, reassert, giveUpAfter';
const sections = 'genesys, notifications, conversations, write, lookups, rules, http, outbox, log, stop, reload, cluster';
const listens = 'expected HOST:PORT, unix:/path or off';

describe('unknown fields', () => {
  refuses([
    [
      'a field that is misspelt, and tell which was meant',
      `${genesys}write:\n  quite: 150ms\n`,
      `c.yaml:6:3 write.quite: unknown field, expected one of ${writeFields} (did you mean "quiet"?)`,
    ],
    [
      'a section that is misspelt',
      `${genesys}looups: {}\n`,
      `c.yaml:5:1 looups: unknown field, expected one of ${sections} (did you mean "lookups"?)`,
    ],
    [
      'a field that is like no other, without a guess',
      `${genesys}telemetry: {}\n`,
      `c.yaml:5:1 telemetry: unknown field, expected one of ${sections}`,
    ],
    [
      'each of two unknown fields',
      `${genesys}log: { levle: info, colour: true }\n`,
      'c.yaml:5:8 log.levle: unknown field, expected one of level, format, values, file (did you mean "level"?)',
      'c.yaml:5:21 log.colour: unknown field, expected one of level, format, values, file',
    ],
    [
      'one in a nested section',
      `${genesys}  budget: { perMinutes: 10 }\n`,
      'c.yaml:5:13 genesys.budget.perMinutes: unknown field, expected one of perMinute, reserve (did you mean "perMinute"?)',
    ],
    [
      'one in a lookup',
      `${genesys}lookups:\n  crm: { url: 'http://crm/{ani}', timeut: 1s }\n`,
      'c.yaml:6:35 lookups.crm.timeut: unknown field, expected one of url, headersFile, timeout, cache (did you mean "timeout"?)',
    ],
    [
      'one in a rule',
      `${genesys}rules:\n  - name: a\n    when: conversation.started\n    set: { a: '1' }\n    unless: 'false'\n`,
      'c.yaml:9:5 rules[0].unless: unknown field, expected one of name, when, if, lookup, set',
    ],
  ]);
});

describe('wrong types and values', () => {
  refuses([
    [
      'a bare number as a duration',
      `${genesys}write:\n  quiet: 150\n`,
      `c.yaml:6:10 write.quiet: 150 is not valid, ${durations} (did you mean "150ms"?)`,
    ],
    [
      'a unit that there is not',
      `${genesys}stop: { drain: 10 Seconds }\n`,
      `c.yaml:5:16 stop.drain: "10 Seconds" is not valid, ${durations} (did you mean "10s"?)`,
    ],
    [
      'a unit in the wrong case',
      `${genesys}stop: { drain: 2H }\n`,
      `c.yaml:5:16 stop.drain: "2H" is not valid, ${durations} (did you mean "2h"?)`,
    ],
    [
      'a duration in words, without a guess',
      `${genesys}write: { quiet: soon }\n`,
      `c.yaml:5:17 write.quiet: "soon" is not valid, ${durations}`,
    ],
    [
      'a unit that nobody can guess',
      `${genesys}write: { quiet: 3 moons }\n`,
      `c.yaml:5:17 write.quiet: "3 moons" is not valid, ${durations}`,
    ],
    [
      'a size with a unit that there is not',
      `${genesys}outbox: { maxBytes: 1GB }\n`,
      'c.yaml:5:21 outbox.maxBytes: "1GB" is not valid, expected a size with a unit, such as 512MiB or 1GiB',
    ],
    [
      'a bare number as a size',
      `${genesys}outbox: { maxBytes: 1024 }\n`,
      'c.yaml:5:21 outbox.maxBytes: 1024 is not valid, expected a size with a unit, such as 512MiB or 1GiB',
    ],
    [
      'a word that is not one of the words, and tell which was meant',
      `${genesys}write: { policy: adaptiv }\n`,
      'c.yaml:5:18 write.policy: "adaptiv" is not valid, expected one of adaptive, debounce, immediate (did you mean "adaptive"?)',
    ],
    [
      'a word in the wrong case',
      `${genesys}log: { level: INFO }\n`,
      'c.yaml:5:15 log.level: "INFO" is not valid, expected one of error, warn, info, debug (did you mean "info"?)',
    ],
    [
      'a word that is like none of them',
      `${genesys}log: { level: chatty }\n`,
      'c.yaml:5:15 log.level: "chatty" is not valid, expected one of error, warn, info, debug',
    ],
    [
      'a number where a word stands',
      `${genesys}log: { level: 3 }\n`,
      'c.yaml:5:15 log.level: 3 is not valid, expected one of error, warn, info, debug',
    ],
    [
      '"yes" as a flag, as YAML 1.2 has it',
      `${genesys}log: { values: yes }\n`,
      'c.yaml:5:16 log.values: "yes" is not valid, expected true or false',
    ],
    [
      'a number below the least',
      `${genesys}conversations: { max: 0 }\n`,
      'c.yaml:5:23 conversations.max: 0 is not valid, expected a whole number of at least 1',
    ],
    [
      'a broken number',
      `${genesys}write: { reassert: 1.5 }\n`,
      'c.yaml:5:20 write.reassert: 1.5 is not valid, expected a whole number of at least 0',
    ],
    [
      'a reserve that leaves nothing',
      `${genesys}  budget: { reserve: 1 }\n`,
      'c.yaml:5:22 genesys.budget.reserve: 1 is not valid, expected a number from 0 to 0.9',
    ],
    ['text where a section stands', `${genesys}write: fast\n`, 'c.yaml:5:8 write: "fast" is not valid, expected a section with fields'],
    ['a list where a section stands', `${genesys}lookups: []\n`, 'c.yaml:5:10 lookups: [] is not valid, expected names with a lookup each'],
    ['a section where a list stands', `${genesys}rules: { a: b }\n`, 'c.yaml:5:8 rules: {"a":"b"} is not valid, expected a list of rules'],
    [
      'a rule that is no section',
      `${genesys}rules:\n  - mark\n`,
      'c.yaml:6:5 rules[0]: "mark" is not valid, expected a section with fields',
    ],
    [
      'attributes as a list',
      `${genesys}rules:\n  - { name: a, when: conversation.started, set: [a] }\n`,
      'c.yaml:6:49 rules[0].set: ["a"] is not valid, expected attribute names with a JSONata expression each',
    ],
    [
      'a rule that sets nothing',
      `${genesys}rules:\n  - { name: a, when: conversation.started, set: {} }\n`,
      'c.yaml:6:49 rules[0].set: expected at least one attribute',
    ],
    [
      'a value too long to be shown',
      `${genesys}log: { format: ${'x'.repeat(70)} }\n`,
      `c.yaml:5:16 log.format: "${'x'.repeat(58)}… is not valid, expected one of json, pretty`,
    ],
    [
      'a listener without a port',
      `${genesys}http: { listen: localhost }\n`,
      `c.yaml:5:17 http.listen: "localhost" is not valid, ${listens}`,
    ],
    ['a listener that is a number', `${genesys}http: { listen: 8090 }\n`, `c.yaml:5:17 http.listen: 8090 is not valid, ${listens}`],
    [
      'a port that there is not',
      `${genesys}http: { listen: '127.0.0.1:65536' }\n`,
      'c.yaml:5:17 http.listen: expected a port from 0 to 65535',
    ],
  ]);
});

describe('the section genesys', () => {
  refuses([
    [
      'a file without it',
      'log: {}\n',
      'c.yaml:1:1 genesys: is missing, expected a section with fields',
      'c.yaml:1:1 genesys.region: is missing, expected a region domain such as mypurecloud.com, or apiUrl and loginUrl',
    ],
    [
      'required fields that are missing',
      'genesys:\n  region: mypurecloud.com\n',
      'c.yaml:2:3 genesys.clientId: is missing, expected the id of an OAuth client',
      'c.yaml:2:3 genesys.clientSecretFile: is missing, expected the path of a file',
    ],
    ['an empty id', genesys.replace('7f5c', "''"), 'c.yaml:3:13 genesys.clientId: "" is not valid, expected the id of an OAuth client'],
    [
      'a region that there is not, and tell which was meant',
      genesys.replace('mypurecloud.com', 'mypurecloud.co'),
      `c.yaml:2:11 genesys.region: "mypurecloud.co" is not valid, expected one of ${regions.join(', ')} (did you mean "mypurecloud.com"?)`,
    ],
    [
      'URLs that are none',
      genesys.replace('region: mypurecloud.com', 'apiUrl: api.example.com\n  loginUrl: 7'),
      'c.yaml:2:11 genesys.apiUrl: "api.example.com" is not valid, expected a URL that begins with http:// or https://',
      'c.yaml:3:13 genesys.loginUrl: 7 is not valid, expected a URL such as http://127.0.0.1:8080',
    ],
  ]);
});

describe('a valid config', () => {
  it('has every default of the design when only what is required is written', () => {
    const { config } = load(genesys);
    expect(config).to.deep.equal({
      genesys: {
        region: 'mypurecloud.com',
        clientId: '7f5c',
        clientSecretFile: 'secret',
        requestTimeout: 16_000,
        budget: { perMinute: 300, reserve: 0.1 },
      },
      notifications: { topics: [], silenceTimeout: 35_000, rotateBefore: 1_800_000 },
      conversations: { max: 100_000, forgetAfter: 600_000 },
      write: {
        enabled: true,
        target: 'voice',
        participant: 'customer',
        quiet: 150,
        maxWait: 2_000,
        policy: 'adaptive',
        confirmWithin: 10_000,
        reassert: 3,
        giveUpAfter: 900_000,
      },
      lookups: {},
      rules: [],
      http: { listen: '127.0.0.1:8090' },
      outbox: { dir: '/var/lib/attributed', maxBytes: 1024 ** 3, keepFinished: 3_600_000, keepDead: 30 * 86_400_000 },
      log: { level: 'info', format: 'json', values: false },
      stop: { drain: 10_000 },
      reload: { watch: false },
    });
  });

  it('gives durations as milliseconds and sizes as bytes', () => {
    const { config } = load(`${genesys}write: { quiet: 1.5s, giveUpAfter: 1d }\noutbox: { maxBytes: 1.5KiB }\n`);
    expect(config.write).to.include({ quiet: 1_500, giveUpAfter: 86_400_000 });
    expect(config.outbox.maxBytes).to.equal(1_536);
  });

  it('fills in the defaults of a lookup', () => {
    const { config } = load(`${genesys}lookups:\n  crm: { url: 'http://crm/{ani}' }\n`);
    expect(config.lookups['crm']).to.deep.equal({ url: 'http://crm/{ani}', timeout: 3_000, cache: { max: 10_000, ttl: 600_000 } });
  });

  it('may set an attribute whose name ends in File: that names no file', () => {
    expect(faultsIn(`${genesys}rules:\n  - { name: a, when: conversation.started, set: { crmFile: '"yes"' } }\n`)).to.be.empty;
  });

  for (const listen of ['off', 'unix:/run/attributed/http.sock', 'unix:/run/a:99999', '127.0.0.1:0', 'localhost:8090', "'[::1]:65535'"]) {
    it(`may listen on ${listen} without a token`, () => {
      expect(faultsIn(`${genesys}http:\n  listen: ${listen}\n`)).to.be.empty;
    });
  }
});
