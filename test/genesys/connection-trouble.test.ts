import { expect } from 'chai';
import { connectionTrouble } from '../../src/genesys/connection-trouble.js';

describe('connectionTrouble', () => {
  const told = (code: string): string => connectionTrouble(Object.assign(new Error('it failed'), { code }));

  it('says what may be done about a certificate', () => {
    expect(told('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).to.include('it failed: nobody').and.include('NODE_EXTRA_CA_CERTS=FILE');
    expect(told('ERR_TLS_CERT_ALTNAME_INVALID')).to.include('for another host');
    expect(told('CERT_HAS_EXPIRED')).to.include('has expired');
    expect(told('CERT_NOT_YET_VALID')).to.include('check the clock');
  });

  it('tells anything else as it is', () => {
    expect(told('ECONNRESET')).to.equal('it failed');
    expect(connectionTrouble('gone')).to.equal('gone');
  });
});
