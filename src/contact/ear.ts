import { messageOf } from '../base/errors.js';
import type { Channel } from '../genesys/channel.js';
import type { NotificationEvent } from '../genesys/frames.js';
import { ChannelSocket } from '../genesys/socket.js';
import type { Contact } from './contact.js';

/** The first frame, the answer to a ping, comes within this time, in ms: a handshake and a ping, with a margin. */
const patience = 15_000;

/** A socket that is silent for so long is dead, in ms (genesys-cloud.md §3). */
const silenceTimeout = 35_000;

/** Connects to a channel; resolves once something was heard. Rejects with an `Error` that says what came in between. */
export function connect(
  { clock, deadlines, agents }: Contact,
  { connectUri: uri }: Channel,
  onEvent: (event: NotificationEvent) => void = () => undefined,
): Promise<ChannelSocket> {
  return new Promise((resolve, reject) => {
    const late = deadlines.after(patience, () => {
      socket.terminate();
      reject(new Error(`nothing was heard within ${patience / 1_000} s: something on the way may hold WebSocket frames back`));
    });
    const socket = new ChannelSocket({
      ...{ uri, clock, deadlines, silenceTimeout },
      agent: agents.for(uri),
      onOpen: () => undefined,
      onFrame: (frame) => {
        late.cancel();
        resolve(socket);
        if (frame.kind === 'event') onEvent(frame.event);
      },
      onInvalid: () => undefined,
      onGap: () => undefined,
      onClosed: ({ reason }) => {
        late.cancel();
        reject(new Error(messageOf(reason)));
      },
    });
  });
}
