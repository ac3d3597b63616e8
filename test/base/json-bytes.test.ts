import { expect } from 'chai';
import fc from 'fast-check';
import { JsonBytes, Names, unsure } from '../../src/base/json-bytes.js';
import { jsonText, mutated } from '../support/json-texts.js';

/** Whether it is passed over as one value. */
function isPassed(bytes: Buffer): boolean {
  return read(bytes, (json) => {
    json.pass();
    json.end();
    return true;
  });
}

function read<Found>(bytes: Buffer | string, by: (json: JsonBytes) => Found): Found | false {
  try {
    return by(new JsonBytes(Buffer.from(bytes)));
  } catch (error) {
    expect(error).to.equal(unsure);
    return false;
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

describe('JsonBytes', () => {
  it('passes over any JSON', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(isPassed(Buffer.from(text)), text).to.equal(true);
      }),
    );
  });

  it('passes over nothing that JSON.parse refuses', () => {
    fc.assert(
      fc.property(jsonText.chain(mutated), (bytes) => {
        if (isPassed(bytes)) expect(isJson(bytes), bytes.toString('utf8')).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });

  const refused = [
    ...[
      '',
      ' ',
      '{',
      '[',
      '"',
      '"a',
      '"\\',
      '"\\u12',
      '"\\u12x4"',
      '"\\x"',
      '"a\nb"',
      '"a\u0000b"',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      '{,}',
      '{a:1}',
    ],
    ...[
      '[1',
      '[1,',
      '[1,]',
      '[,]',
      '01',
      '-',
      '+1',
      '1.',
      '.5',
      '1e',
      '1e+',
      '--1',
      '0x1',
      'tru',
      'truex',
      'nul',
      'fals',
      'NaN',
      '1 2',
      '{} x',
      '\u00a01',
      '\ufeff1',
      '{"a" 1}',
      '[1 2]',
    ],
  ];
  for (const text of refused)
    it(`leaves ${JSON.stringify(text)} to JSON.parse`, () => {
      expect(isPassed(Buffer.from(text))).to.equal(false);
    });

  const passed = [
    '0',
    '-0',
    '-0.5e-10',
    '1E+5',
    'true',
    'false',
    'null',
    '""',
    '"\\u00e9\\n\\""',
    ' [ ] ',
    '\t{\r\n}',
    '{"a":[{"b":[]}]}',
    '"é€😀"',
  ];
  for (const text of passed)
    it(`passes over ${text}`, () => {
      expect(isPassed(Buffer.from(text))).to.equal(true);
    });

  it('leaves to JSON.parse what is in each other too deep', () => {
    expect(isPassed(Buffer.from('['.repeat(64) + ']'.repeat(64)))).to.equal(true);
    expect(isPassed(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))).to.equal(false);
  });

  it('makes the texts and numbers that JSON.parse makes', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const value: unknown = JSON.parse(text);
        expect(read(text, (json) => json.text())).to.equal(typeof value === 'string' ? value : undefined);
        expect(read(text, (json) => json.number())).to.equal(typeof value === 'number' ? value : undefined);
      }),
    );
  });

  it('takes a text that is usual for the same, and no other', () => {
    const usual = new Names(['agent', 'acd', 'alert']);
    for (const text of ['agent', 'acd', 'alert', 'agenx', 'ag', '', 'agent2', 'é'])
      expect(read(JSON.stringify(text), (json) => json.text(usual))).to.equal(text);
  });

  it('finds the members that are looked for, in any order', () => {
    const names = new Names(['id', 'it', 'version']);
    const found: unknown[] = [];
    read(' { "is" : [1] , "version": 7, "":0, "it":"b","id":"a", "verſion": 1 } ', (json) => {
      for (let more = json.intoObject(); more; more = json.hasMember()) {
        const name = json.name(names);
        if (name === 'version') found.push(name, json.number());
        else if (name === undefined) json.pass();
        else found.push(name, json.text());
      }
      json.end();
      found.push('end');
    });
    expect(found).to.deep.equal(['version', 7, 'it', 'b', 'id', 'a', 'end']);
  });

  it('leaves an escaped name to JSON.parse where names are looked for, and reads it where each is', () => {
    const escaped = '{"\\u0069d":1}';
    expect(read(escaped, (json) => json.intoObject() && json.name(new Names(['id'])))).to.equal(false);
    expect(read(escaped, (json) => json.intoObject() && json.anyName())).to.equal('id');
  });

  it('tells what comes', () => {
    for (const [text, kind] of [
      [' {}', 'object'],
      ['[]', 'array'],
      ['\n"a"', 'text'],
    ] as const)
      for (const asked of ['object', 'array', 'text'] as const) expect(read(text, (json) => json.comes(asked))).to.equal(asked === kind);
  });
});
