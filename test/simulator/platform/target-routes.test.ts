import { expect } from 'chai';
import { targets, type Target } from '../../../src/simulator/platform/target.js';
import { Org } from '../org.js';

type Request = readonly [method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown];

/** Requests to each target's paths that an org which answers to it does not answer with 404. */
function requests(org: Org): Readonly<Record<Target, readonly Request[]>> {
  const call = org.call();
  const { id } = call.conversation!.participants[0]!;
  org.world.putCustom(call.conversation!, 'order', { customAttributes: {} });
  const values = { attributes: {} };
  return {
    voice: [
      ['GET', `voice/${call.id}`],
      ['GET', `voice/${call.id}/participants/${id}`],
      ['PATCH', `voice/${call.id}`, { participants: [] }],
      ['PATCH', `voice/${call.id}/participants/${id}`, values],
    ],
    attributes: ['', 'calls/', 'callbacks/', 'emails/', 'messages/'].map((media): Request => [
      'PATCH',
      `${media}${call.id}/participants/${id}/attributes`,
      values,
    ]),
    'secure-attributes': [
      ['GET', `${call.id}/secureattributes`],
      ['PATCH', `${call.id}/secureattributes`, values],
      ['PUT', `${call.id}/secureattributes`, { ...values, version: 2 }],
    ],
    'custom-attributes': [
      ['GET', `${call.id}/customattributes`],
      ['GET', `${call.id}/customattributes/order`],
      ['PATCH', `${call.id}/customattributes`, { id: 'order', customAttributes: {} }],
      ['PUT', `${call.id}/customattributes`, { id: 'order', customAttributes: {} }],
      ['DELETE', `${call.id}/customattributes/order`],
    ],
  };
}

describe('the target routes of the simulator', () => {
  for (const target of targets) {
    it(`answer to ${target} alone where the org has nothing else`, async () => {
      // named twice: still one set of routes
      const org = new Org({ served: [target, target] });
      for (const [of, paths] of Object.entries(requests(org)))
        for (const [method, path, body] of paths) {
          const answer = await org.request(method, `/api/v2/conversations/${path}`, body);
          if (of === target) expect(answer.status, `${method} ${path}`).to.be.below(300);
          else expect(answer, `${method} ${path}`).to.deep.nested.include({ status: 404, 'body.code': 'not.found' });
        }
    });
  }
});
