import { expect } from 'chai';
import { OAuth, permits, requirePermission, type SimClient } from '../../../src/simulator/platform/oauth.js';
import { ApiError } from '../../../src/simulator/platform/errors.js';
import { Random } from '../../../src/simulator/random.js';
import { FakeClock } from '../../support/fake-clock.js';
import { basic, Org } from '../org.js';

const client: SimClient = { id: 'app', secret: 'a:b', permissions: ['conversation:view'], tokenSeconds: 300 };

function setUp() {
  const clock = new FakeClock();
  const oauth = new OAuth({ clock, random: new Random(1), clients: [client] });
  const granted = oauth.grant(basic('app', 'a:b'), 'client_credentials');
  if (!('token' in granted)) throw new Error('the login was refused');
  return { clock, oauth, token: granted.token };
}

describe('OAuth of the simulator', () => {
  it('grants a token for the right secret, also one with a colon', () => {
    const { oauth, token } = setUp();
    expect(token.client).to.equal(client);
    expect(oauth.authenticate(`Bearer ${token.value}`)).to.equal(token);
    expect(oauth.authenticate(`bearer ${token.value}`)).to.equal(token);
  });

  const refusals = [
    { what: 'a wrong secret', authorization: basic('app', 'a'), grant: 'client_credentials', status: 401, error: 'invalid_client' },
    { what: 'an unknown client', authorization: basic('other', 'a:b'), grant: 'client_credentials', status: 401, error: 'invalid_client' },
    { what: 'no credentials', authorization: undefined, grant: 'client_credentials', status: 401, error: 'invalid_client' },
    { what: 'another grant', authorization: basic('app', 'a:b'), grant: 'password', status: 400, error: 'unsupported_grant_type' },
    { what: 'no grant', authorization: basic('app', 'a:b'), grant: null, status: 400, error: 'unsupported_grant_type' },
  ];
  for (const { what, authorization, grant, status, error } of refusals) {
    it(`refuses ${what}`, () => {
      const refused = setUp().oauth.grant(authorization, grant);
      expect(refused).to.have.property('status', status);
      expect(refused).to.have.nested.property('body.error', error);
      expect(refused).to.have.nested.property('body.error_description').that.is.a('string');
    });
  }

  it('knows a token until its time is over', async () => {
    const { clock, oauth, token } = setUp();
    await clock.advance(299_999);
    expect(oauth.isValid(token)).to.be.true;
    await clock.advance(1);
    expect(oauth.isValid(token)).to.be.false;
    expect(() => oauth.authenticate(`Bearer ${token.value}`))
      .to.throw(ApiError)
      .with.property('code', 'bad.credentials');
  });

  it('forgets all tokens when they are revoked', () => {
    const { oauth, token } = setUp();
    oauth.revokeAll();
    expect(oauth.isValid(token)).to.be.false;
    expect(() => oauth.authenticate(`Bearer ${token.value}`)).to.throw(ApiError);
  });

  it('tells a token that is missing from one that is wrong', () => {
    const { oauth } = setUp();
    expect(() => oauth.authenticate(undefined))
      .to.throw(ApiError)
      .with.property('code', 'authentication.required');
    expect(() => oauth.authenticate('Basic x'))
      .to.throw(ApiError)
      .with.property('code', 'bad.credentials');
  });

  it('knows what a client may do', () => {
    expect(permits(client, 'conversation:view')).to.be.true;
    expect(permits(client, 'conversation:write')).to.be.false;
    expect(permits({ ...client, permissions: 'all' }, 'conversation:write')).to.be.true;
  });

  it('refuses what is missing with 403, or hides that behind 409', () => {
    const { token } = setUp();
    expect(() => {
      requirePermission(token, 'conversation:view', false);
    }).not.to.throw();
    for (const [disguised, status] of [
      [false, 403],
      [true, 409],
    ] as const) {
      expect(() => {
        requirePermission(token, 'conversation:write', disguised);
      })
        .to.throw(ApiError, 'conversation:write')
        .that.includes({ status, code: 'missing.permissions' });
    }
  });

  it('answers /oauth/token as documented', async () => {
    const org = new Org({ tokenSeconds: 600 });
    const headers = { authorization: basic('app', 'se:cret'), 'content-type': 'application/x-www-form-urlencoded' };
    const granted = await org.api.inject({ method: 'POST', url: '/oauth/token', headers, payload: 'grant_type=client_credentials' });
    expect(granted.statusCode).to.equal(200);
    const body: { access_token: string } = granted.json();
    expect(body).to.include({ token_type: 'bearer', expires_in: 600 });
    expect(org.oauth.authenticate(`Bearer ${body.access_token}`).client).to.equal(org.client);
    const refused = await org.api.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { ...headers, authorization: 'Basic' },
      payload: 'grant_type=client_credentials',
    });
    expect(refused.statusCode).to.equal(401);
    expect(refused.json()).to.include({ error: 'invalid_client' });
    const noForm = await org.api.inject({ method: 'POST', url: '/oauth/token', headers: { authorization: headers.authorization } });
    expect(noForm.statusCode).to.equal(400);
  });
});
