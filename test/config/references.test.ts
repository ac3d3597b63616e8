import { expect } from 'chai';
import { faultsIn, genesys, refuses } from './folder.js';

const rule = (more: string): string => `  - { name: mark, when: conversation.started, set: { a: '1' }${more} }\n`;
const notBoth = 'c.yaml:2:11 genesys.region: expected either region, or apiUrl and loginUrl, not both';

describe('faults between fields', () => {
  refuses([
    ['region together with apiUrl', `${genesys}  apiUrl: http://127.0.0.1:8080\n`, notBoth],
    ['region together with loginUrl', `${genesys}  loginUrl: http://127.0.0.1:8080\n`, notBoth],
    [
      'neither region nor URLs',
      genesys.replace('  region: mypurecloud.com\n', ''),
      'c.yaml:2:3 genesys.region: is missing, expected a region domain such as mypurecloud.com, or apiUrl and loginUrl',
    ],
    [
      'apiUrl without loginUrl',
      genesys.replace('region: mypurecloud.com', 'apiUrl: http://127.0.0.1:8080'),
      'c.yaml:2:3 genesys.loginUrl: is missing, expected a URL: apiUrl alone is not enough',
    ],
    [
      'loginUrl without apiUrl',
      genesys.replace('region: mypurecloud.com', 'loginUrl: http://127.0.0.1:8080'),
      'c.yaml:2:3 genesys.apiUrl: is missing, expected a URL: loginUrl alone is not enough',
    ],
    [
      'the name of a lookup that there is not, and tell which was meant',
      `${genesys}lookups:\n  crm: { url: 'http://crm/{ani}' }\n  billing: { url: 'http://billing/{ani}' }\nrules:\n${rule(', lookup: crn')}`,
      'c.yaml:9:72 rules[0].lookup: there is no lookup "crn", expected one of crm, billing (did you mean "crm"?)',
    ],
    [
      'the name of a lookup where there are none',
      `${genesys}rules:\n${rule(', lookup: crm')}`,
      'c.yaml:6:72 rules[0].lookup: there is no lookup "crm", expected the name of a lookup, but `lookups` has none',
    ],
    [
      'the name of another rule, each time that it is used again',
      `${genesys}rules:\n${rule('')}${rule('')}${rule('')}`,
      'c.yaml:7:13 rules[1].name: "mark" is the name of another rule, expected a name of its own',
      'c.yaml:8:13 rules[2].name: "mark" is the name of another rule, expected a name of its own',
    ],
    [
      'a listener that others reach, without a token',
      `${genesys}http:\n  listen: 0.0.0.0:8090\n`,
      'c.yaml:6:3 http.tokenFile: is missing, expected a file with a token: 0.0.0.0:8090 can be reached from other machines',
    ],
    [
      'a name that only looks like loopback, without a token',
      `${genesys}http: { listen: '127.0.0.1.example.com:8090' }\n`,
      'c.yaml:5:7 http.tokenFile: is missing, expected a file with a token: 127.0.0.1.example.com:8090 can be reached from other machines',
    ],
    [
      'a target that there will never be, once',
      `${genesys}write:\n  target: voise\n`,
      'c.yaml:6:11 write.target: "voise" is not valid, expected one of voice, voice-conversation, attributes, secure-attributes, custom-attributes (did you mean "voice"?)',
    ],
    [
      'a cluster without its engine',
      `${genesys}cluster:\n  partitions: 64\n`,
      'c.yaml:6:3 cluster.nats: is missing, expected a section with fields',
    ],
  ]);

  it('take a listener that others reach, with a token', () => {
    expect(faultsIn(`${genesys}http: { listen: '0.0.0.0:8090', tokenFile: secret }\n`)).to.be.empty;
  });

  it('take a lookup that there is', () => {
    expect(faultsIn(`${genesys}lookups:\n  crm: { url: 'http://crm/{ani}' }\nrules:\n${rule(', lookup: crm')}`)).to.be.empty;
  });
});
