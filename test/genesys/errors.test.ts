import { expect } from 'chai';
import { answerFields, CredentialsRefused, judge, lossOf, NoAnswer, Refused, Withdrawn, type Verdict } from '../../src/genesys/errors.js';
import { answer } from './support/answers.js';

describe('judge', () => {
  const table: [status: number, body: unknown, verdict: Verdict][] = [
    [200, undefined, 'done'],
    [202, {}, 'done'],
    [299, { code: 'missing.permissions' }, 'done'],
    [302, undefined, 'server'],
    [400, { code: 'bad.request' }, 'invalid'],
    [400, { code: 'missing.permissions' }, 'forbidden'],
    [400, { status: 403 }, 'forbidden'],
    [409, { errors: [{ code: 'other' }, { code: 'not.authorized' }] }, 'forbidden'],
    [409, { errors: [{ status: 403 }] }, 'forbidden'],
    [409, { 'missing.permissions': ['conversation:write'] }, 'forbidden'],
    [409, { errors: 'text' }, 'conflict'],
    [400, { status: '403' }, 'invalid'],
    [400, null, 'invalid'],
    [400, 'text', 'invalid'],
    [401, { code: 'bad.credentials' }, 'credentials'],
    [403, undefined, 'forbidden'],
    [404, { code: 'not.found' }, 'gone'],
    [408, undefined, 'server'],
    [409, { code: 'general.conflict', status: 409 }, 'conflict'],
    [409, { code: 'missing.permissions', status: 409 }, 'forbidden'],
    [409, { code: 'missing.any.permissions' }, 'forbidden'],
    [409, { code: 'missing.division.permission' }, 'forbidden'],
    [409, { code: 'not.authorized' }, 'forbidden'],
    [409, { code: 'general.conflict', status: 403 }, 'forbidden'],
    [410, undefined, 'gone'],
    [412, undefined, 'conflict'],
    [413, { code: 'request.entity.too.large' }, 'invalid'],
    [415, undefined, 'invalid'],
    [422, undefined, 'invalid'],
    [428, undefined, 'precondition-required'],
    [429, { code: 'too.many.requests.retry.after' }, 'throttled'],
    [500, undefined, 'server'],
    [500, { code: 'missing.permissions' }, 'server'],
    [503, { status: 403 }, 'server'],
    [504, undefined, 'server'],
  ];
  for (const [status, body, verdict] of table) {
    it(`takes status ${status} with body ${JSON.stringify(body)} for "${verdict}"`, () => {
      expect(judge(answer(status, body))).to.equal(verdict);
    });
  }
});

describe('Refused', () => {
  const remedies: [status: number, says: RegExp][] = [
    [403, /grant the missing permission to the OAuth client/],
    [404, /not found/],
    [429, /too many requests/],
    [401, /token was refused/],
    [409, /has changed/],
    [428, /has changed/],
    [400, /refused as invalid/],
    [500, /platform failed, it is tried again/],
    [200, /answer was not understood/],
  ];
  for (const [status, says] of remedies) {
    it(`says what status ${status} means`, () => {
      expect(new Refused('GET /x', answer(status)).message)
        .to.match(says)
        .and.match(/^GET \/x: .*\(status \d+\)$/);
    });
  }

  it('names the code that the platform gave', () => {
    expect(new Refused('GET /x', answer(409, { code: 'general.conflict' })).message).to.include('(status 409, code general.conflict)');
  });

  it('is tried again only where the platform failed or was busy', () => {
    const retries = [500, 429, 408, 409, 403, 404, 400, 401].map((status) => new Refused('x', answer(status)).retry);
    expect(retries).to.deep.equal(['after', 'after', 'after', 'never', 'never', 'never', 'never', 'never']);
  });

  it('believes a caller who knows better than the table', () => {
    const refused = new Refused('x', answer(404), 'server');
    expect([refused.verdict, refused.retry, refused.code, refused.name]).to.deep.equal(['server', 'after', 'genesys.refused', 'Refused']);
  });

  it('keeps what was refused, but not the body of a success that may hold a secret', () => {
    expect(new Refused('x', answer(400, { code: 'c' })).answer.body).to.deep.equal({ code: 'c' });
    expect(JSON.stringify(new Refused('x', answer(200, { access_token: 'hush' })))).not.to.include('hush');
  });
});

describe('the other failures', () => {
  it('tells whether a request without an answer may have arrived', () => {
    expect(new NoAnswer('GET /x', 'reset', true)).to.include({ sent: true, retry: 'after', code: 'genesys.no-answer' });
    expect(new NoAnswer('GET /x', 'reset', true).message).to.equal('GET /x: no answer, reset; it may have arrived');
    expect(new NoAnswer('GET /x', 'reset', false).message).to.equal('GET /x: no answer, reset; it was not sent');
  });

  for (const [name, error, loss] of [
    ['was not sent', new NoAnswer('x', 'y', false), 'network-not-sent'],
    ['was sent and not answered', new NoAnswer('x', 'y', true), 'network-unknown'],
    ['was taken back', new Withdrawn(), 'withdrawn'],
    ['was refused', new Refused('x', answer(500)), undefined],
    ['met a fault', new Error('fault'), undefined],
  ] as const) {
    it(`takes a request that ${name} for ${loss === undefined ? 'no loss' : `"${loss}"`}`, () => {
      expect(lossOf(error)).to.equal(loss);
    });
  }

  it('lets a withdrawn request be made again at once', () => {
    expect(new Withdrawn()).to.include({ retry: 'now', code: 'genesys.withdrawn', name: 'Withdrawn' });
  });

  it('says what to check when the OAuth client is refused', () => {
    const refused = new CredentialsRefused({ ...answer(401), code: 'invalid_client' });
    expect(refused.message).to.match(/status 401, invalid_client.*check genesys\.clientId, the secret file and the region/);
    expect(new CredentialsRefused(answer(400)).message).to.include('(status 400)');
    expect(refused).to.include({ retry: 'never', code: 'genesys.credentials' });
  });
});

describe('answerFields', () => {
  it('tells status, code, correlation id and body', () => {
    const fields = answerFields(answer(409, { code: 'general.conflict' }, { 'inin-correlation-id': 'trace' }));
    expect(fields).to.deep.equal({ status: 409, code: 'general.conflict', correlationId: 'trace', body: '{"code":"general.conflict"}' });
  });

  it('leaves out an empty body and takes a text as it is', () => {
    expect(answerFields(answer(500)).body).to.equal(undefined);
    expect(answerFields(answer(502, '<html>')).body).to.equal('<html>');
  });

  it('cuts a long body at 1000 characters and shows that it did', () => {
    expect(answerFields(answer(500, 'x'.repeat(1000))).body).to.have.length(1000);
    expect(answerFields(answer(500, 'x'.repeat(1001))).body).to.equal(`${'x'.repeat(1000)}…`);
    expect(answerFields(answer(500, { long: 'x'.repeat(5000) })).body).to.have.length(1001);
  });
});
