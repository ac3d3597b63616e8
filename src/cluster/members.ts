import type { Log } from '../observe/log.js';
import type { Lease } from './lease.js';
import type { Leases } from './leases.js';

/** An instance of the fleet, as it tells of itself. */
export interface Member {
  instance: string;
  /** Whether it reaches the platform. */
  able: boolean;
  /** A digest of its token: who has the same one shares its budget. */
  token: string | undefined;
}

/** Where the members stand in the lease store. */
const prefix = 'member';

export interface MembersDeps {
  leases: Leases;
  log: Log;
  instance: string;
}

/** The instances of the fleet. This one is a member while it holds the lease of its name. */
export class Members {
  readonly #deps: MembersDeps;
  #lease: Lease | undefined;
  #joining = false;
  #leaving = false;
  #tries = 0;
  #self: { able: boolean; token: string | undefined } = { able: true, token: undefined };
  #known = '';

  constructor(deps: MembersDeps) {
    this.#deps = deps;
  }

  get instance(): string {
    return this.#deps.instance;
  }

  get joined(): boolean {
    return this.#lease !== undefined && !this.#lease.over;
  }

  /** All members, this one as it is now; in the order of their names. */
  all(): Member[] {
    const { leases, instance } = this.#deps;
    const others = [...leases.under(prefix).values()]
      .filter(({ value }) => value.by !== instance)
      .map(({ value }): Member => ({
        instance: value.by,
        able: value['able'] !== false,
        token: typeof value['token'] === 'string' ? value['token'] : undefined,
      }));
    const all = this.joined ? [{ instance, ...this.#self }, ...others] : others;
    return all.sort((a, b) => (a.instance < b.instance ? -1 : 1));
  }

  /** Tells the others how this one is. */
  tell(self: { able: boolean; token: string | undefined }): void {
    if (self.able === this.#self.able && self.token === this.#self.token) return;
    this.#self = self;
    if (this.#lease !== undefined) this.#deps.leases.tell(this.#lease, self);
  }

  /** Joins if it is not a member; to be called at each change. Never rejects. */
  async join(): Promise<void> {
    this.#tellMembers();
    if (this.joined || this.#joining || this.#leaving) return;
    this.#joining = true;
    const { leases, log, instance } = this.#deps;
    try {
      const key = `${prefix}.${keyPart(instance)}`;
      this.#lease = await leases.take(key, this.#self, () => {
        this.#lease = undefined;
      });
      this.#tries = this.#lease === undefined ? this.#tries + 1 : 0;
      if (this.#lease !== undefined) log.info('cluster.joined', 'this instance is a member of the fleet', { instance });
      // an earlier run of it is forgotten within one time to live
      else if (this.#tries === looksInTwoLives)
        log.error('cluster.rival', 'another daemon has this name: give each its own cluster.instance', { instance });
    } catch {
      // the engine cannot be reached; that is told by who watches it
    } finally {
      this.#joining = false;
    }
  }

  /** Leaves for good. */
  async leave(): Promise<void> {
    this.#leaving = true;
    if (this.#lease !== undefined) await this.#deps.leases.leave(this.#lease);
    this.#lease = undefined;
  }

  #tellMembers(): void {
    const members = this.all().map(({ instance, able }) => (able ? instance : `${instance} (without the platform)`));
    const known = members.join(',');
    if (known === this.#known) return;
    this.#known = known;
    this.#deps.log.info('cluster.members', 'the members of the fleet are others now', { members });
  }
}

/** It looks ten times within one time to live (leases.ts). */
const looksInTwoLives = 20;

/** A name as a part of a key, which takes letters, digits and a few signs only. */
function keyPart(name: string): string {
  return encodeURIComponent(name).replace(/[%.!~*'()]/g, (sign) => `=${sign.charCodeAt(0).toString(16)}`);
}
