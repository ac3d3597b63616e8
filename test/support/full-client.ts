import { systemClock, type Clock } from '../../src/base/clock.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { basic } from '../simulator/org.js';

/** A clock of a simulator that a test can put forward: creations of channels keep a distance in it. */
export class AheadClock implements Clock {
  readonly wall = systemClock.wall;
  readonly after = systemClock.after;
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  advance(ms: number): void {
    this.#ahead += ms;
  }
}

/** Makes all the channels that an OAuth client may have, with another token of it. */
export function fillChannels({ channels, oauth }: Simulator, clock: AheadClock): void {
  const granted = oauth.grant(basic(simulatorClient.id, simulatorClient.secret), 'client_credentials');
  if (!('token' in granted)) throw new Error('no token');
  for (let count = 0; count < 20; count += 1) {
    clock.advance(1_000);
    channels.create(granted.token);
  }
}
