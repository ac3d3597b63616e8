import { keysAndValues } from '../../intent/local-api/words.js';
import { counted, lasting, type Style } from '../page.js';
import { listOf, numberOf, textOf, type Entry } from './entry.js';

/** Wishes that are remembered: those that were heard of longest ago are forgotten first. */
const mostOpen = 20_000;

/** How one or some merged wishes came out. */
export interface Story {
  /** `tier=gold → written in 212 ms, 1 conflict`. */
  words: string;
  style: Style;
  /** From each wish whose beginning was heard to its `write.applied`, in ms; empty at other ends. */
  tookMs: readonly number[];
}

interface Wish {
  /** When it was accepted, or overwritten; wall time in ms. Undefined if that was before the first line. */
  since?: number;
  /** Keys, with values where the log holds them. */
  what: string;
  conflicts: number;
  failures: number;
  overwritten: boolean;
}

/** Gathers the lines of each wish into one that is told when the wish ends. */
export class Stories {
  /** By id, in the order in which they were heard of last. (An LRUCache clears all its room whenever its last entry goes.) */
  readonly #wishes = new Map<string, Wish>();

  /** The story that ends with this entry, if one does. */
  take(entry: Entry): Story | undefined {
    switch (entry.event) {
      case 'intent.accepted':
      case 'deadletter.retried':
        this.#begin(entry, { since: Date.parse(entry.timestamp) });
        return undefined;
      case 'intent.reasserted':
        this.#begin(entry, { since: Date.parse(entry.timestamp), overwritten: true });
        return undefined;
      case 'write.conflict':
        for (const wish of this.#merged(entry)) wish.conflicts += 1;
        return undefined;
      case 'write.failed':
        for (const wish of this.#merged(entry)) wish.failures += 1;
        return undefined;
      case 'write.applied':
        return this.#written(entry);
      case 'intent.confirmed':
        // it was told when it was written
        this.#wishes.delete(textOf(entry, 'intentId'));
        return undefined;
      case 'intent.satisfied':
        return this.#ended(entry, 'stood already, nothing is sent', 'green');
      case 'intent.superseded':
        return this.#ended(entry, 'superseded by newer wishes', 'dim');
      case 'intent.unconfirmed':
        return this.#ended(entry, ['written, but not confirmed', ...reasons(entry)].join(', '), 'yellow');
      case 'intent.dead':
        return this.#ended(entry, `dead: ${[...reasons(entry), ...requests(entry)].join(', ')}`, 'red');
      default:
        return undefined;
    }
  }

  #begin(entry: Entry, { since, overwritten = false }: { since: number; overwritten?: boolean }): void {
    const id = textOf(entry, 'intentId');
    const what = whatOf(entry) || (this.#wishes.get(id)?.what ?? '');
    this.#remember(id, { since, what, conflicts: 0, failures: 0, overwritten });
  }

  /** The wishes of a write; those are made up of which the beginning was not heard. */
  #merged(entry: Entry): Wish[] {
    return listOf(entry, 'intentIds').map((id) => {
      const wish = this.#wishes.get(id) ?? { what: '', conflicts: 0, failures: 0, overwritten: false };
      wish.what = whatOf(entry);
      this.#remember(id, wish);
      return wish;
    });
  }

  #remember(id: string, wish: Wish): void {
    this.#wishes.delete(id);
    this.#wishes.set(id, wish);
    const [oldest] = this.#wishes.keys();
    if (this.#wishes.size > mostOpen && oldest !== undefined) this.#wishes.delete(oldest);
  }

  #written(entry: Entry): Story {
    const wishes = this.#merged(entry);
    const at = Date.parse(entry.timestamp);
    const tookMs = wishes.flatMap(({ since }) => (since === undefined ? [] : [Math.max(0, at - since)]));
    // one that was not heard is older than all that were
    const took = tookMs.length > 0 && tookMs.length === wishes.length ? ` in ${lasting(Math.max(...tookMs))}` : '';
    const most = (of: (wish: Wish) => number): number => Math.max(0, ...wishes.map(of));
    const conflicts = most((wish) => wish.conflicts);
    const failures = most((wish) => wish.failures);
    const words = [
      `${wishes.some(({ overwritten }) => overwritten) ? 'written again' : 'written'}${took}`,
      ...(conflicts > 0 ? [counted(conflicts, 'conflict')] : []),
      ...(failures > 0 ? [counted(failures, 'failure')] : []),
      ...(wishes.length > 1 ? [`${wishes.length} wishes in one`] : []),
    ];
    for (const wish of wishes) Object.assign(wish, { conflicts: 0, failures: 0 });
    return { words: sentence(whatOf(entry), words.join(', ')), style: failures > 0 ? 'yellow' : 'green', tookMs };
  }

  #ended(entry: Entry, how: string, style: Style): Story {
    const id = textOf(entry, 'intentId');
    const what = whatOf(entry) || (this.#wishes.get(id)?.what ?? '');
    this.#wishes.delete(id);
    return { words: sentence(what, how), style, tookMs: [] };
  }
}

function sentence(what: string, how: string): string {
  return `${what === '' ? 'a wish' : what} → ${how}`;
}

function whatOf(entry: Entry): string {
  const values = keysAndValues(entry['attributes']).map((each) => each.replace(/="([\w.:+@-]+)"$/, '=$1'));
  return (values.length > 0 ? values : listOf(entry, 'keys')).join(', ');
}

function reasons(entry: Entry): string[] {
  const status = textOf(entry, 'status');
  const correlation = textOf(entry, 'correlationId');
  return [textOf(entry, 'reason'), status && `status ${status}`, textOf(entry, 'code'), correlation && `correlation ${correlation}`].filter(
    (part) => part !== '',
  );
}

function requests(entry: Entry): string[] {
  const attempts = numberOf(entry, 'attempts');
  return attempts === undefined ? [] : [counted(attempts, 'request')];
}
