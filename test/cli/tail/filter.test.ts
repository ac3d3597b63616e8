import { expect } from 'chai';
import { filterOf, NoSuchEvent, type FilterOptions } from '../../../src/cli/tail/filter.js';
import { callId, entry } from './lines.js';

describe('the filter of a tail', () => {
  const lines = [
    entry(0, 'write.applied', { conversationId: callId }),
    entry(0, 'write.sent', { conversationId: callId }, 'debug'),
    entry(0, 'write.failed', { conversationId: 'other' }, 'warn'),
    entry(0, 'outbox.full', {}, 'error'),
  ];
  const shown = (options: FilterOptions): string[] => lines.filter(filterOf(options)).map(({ event }) => event);

  it('lets everything through unless it is told more', () => {
    expect(shown({})).to.have.length(4);
  });

  it('takes a level for the least that is shown', () => {
    expect(shown({ level: 'error' })).to.deep.equal(['outbox.full']);
    expect(shown({ level: 'warn' })).to.deep.equal(['write.failed', 'outbox.full']);
    expect(shown({ level: 'info' })).to.deep.equal(['write.applied', 'write.failed', 'outbox.full']);
    expect(shown({ level: 'debug' })).to.have.length(4);
  });

  it('takes names of events, with stars, and several of them', () => {
    expect(shown({ event: 'write.applied' })).to.deep.equal(['write.applied']);
    expect(shown({ event: 'write.*' })).to.deep.equal(['write.applied', 'write.sent', 'write.failed']);
    expect(shown({ event: '*.full, *.sent' })).to.deep.equal(['write.sent', 'outbox.full']);
    expect(shown({ event: '*' })).to.have.length(4);
  });

  it('takes a conversation’s id, or its beginning', () => {
    expect(shown({ conversation: callId })).to.deep.equal(['write.applied', 'write.sent']);
    expect(shown({ conversation: '3f0c', level: 'info' })).to.deep.equal(['write.applied']);
  });

  for (const event of ['wirte.*', 'write.*,nope', 'write', '', 'writexapplied', '('])
    it(`refuses "${event}", which no event is like`, () => {
      expect(() => filterOf({ event })).to.throw(NoSuchEvent, 'no event of the log is like');
    });
});
