import { AttributedError, messageOf } from '../base/errors.js';
import type { WriteTargetName } from '../config/schema.js';
import type { Answer } from '../genesys/answer.js';
import { judge } from '../genesys/errors.js';
import type { WriteTarget } from '../write/targets/target.js';
import type { Echoes } from './echoes.js';
import { mostTries, OwnKeys } from './own-keys.js';
import type { ProbedTarget, Reading } from './probed-target.js';
import { saidBy } from './words.js';

/** A question about a target, and what the org answered. */
export interface Fact {
  what: string;
  found: string;
}

/** What was found out of one write target. */
export interface TargetReport {
  target: WriteTargetName;
  facts: Fact[];
  /** A write was accepted, and a read showed it. */
  works: boolean;
  /** A write with an old precondition is refused. */
  guarded: boolean;
  /** A write replaces the map of attributes, own keys or not. */
  replaces: boolean;
  /** The slowest that a write was until a read or an event showed it, in ms. */
  slowest: number;
}

/** An event is waited for so long, in ms: they take 20–150 ms (genesys-cloud.md §3), and more on a bad day. */
const eventPatience = 5_000;

export interface TargetProbeDeps {
  target: WriteTarget;
  probed: ProbedTarget;
  /** What the events tell; undefined where they are not listened to. */
  echoes: () => Echoes | undefined;
  /** Keys that are written; both are left empty. */
  keys: readonly [string, string];
  /** A value that was never there before. */
  newValue: () => string;
  now: () => number;
}

/** Finds out how one write target behaves on one live call. */
export class TargetProbe {
  readonly report: TargetReport;
  readonly #deps: TargetProbeDeps;
  readonly #own: OwnKeys;
  #first: Reading | undefined;

  constructor(deps: TargetProbeDeps) {
    this.#deps = deps;
    this.#own = new OwnKeys(deps);
    this.report = { target: deps.target.name, facts: [], works: false, guarded: false, replaces: false, slowest: 0 };
  }

  /** Reads only; resolves with whether the target can be written to. */
  async look(): Promise<boolean> {
    let writable = false;
    await this.#telling('read', async () => {
      writable = await this.#looks();
    });
    return writable;
  }

  /** Writes; leaves own keys empty, and what a write took away put back. */
  async write(): Promise<void> {
    const first = this.#first;
    if (first === undefined) return;
    await this.#telling('broken off', () => this.#questions(first));
    const clean = async (): Promise<void> => {
      const left = await this.#own.clean(first, this.report.replaces);
      if (left !== '') this.#found('left behind', left);
    };
    await this.#telling('left behind', clean, `what stands in ${this.#deps.keys.join(' and ')}: `);
  }

  /** A request without an answer ends a step and not the probe: what was found out so far is told. */
  async #telling(what: string, step: () => Promise<void>, before = ''): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof AttributedError)) throw error;
      this.#found(what, `${before}${messageOf(error)}`);
    }
  }

  async #looks(): Promise<boolean> {
    const { probed, target } = this.#deps;
    const first = await probed.read();
    const { answer, etag, content } = first;
    if (judge(answer) !== 'done' || content === undefined) {
      this.#found('read', saidBy(answer));
      return false;
    }
    this.#found('read', `${answer.status}, ${target.precondition === 'body-version' ? versionOf(content.version) : kindOf(etag)}`);
    this.#first = first;
    if (target.name !== 'custom-attributes' || content.record !== undefined) return true;
    this.#found('write', 'the call has no record of custom attributes, and making one needs a schema: not tried');
    return false;
  }

  async #questions(first: Reading): Promise<void> {
    const { probed, keys, newValue, target } = this.#deps;
    const [key] = keys;
    const value = newValue();
    const { answer, sent, read } = await this.#fresh({ [key]: value }, first);
    if (answer === undefined) return;
    const seen = await probed.readUntil((each) => probed.value(each, key) === value);
    this.#took('shown by a read', seen.after);
    if (seen.after === undefined) return;
    this.report.works = true;
    await this.#echo(value, { answer, sent, seen: seen.read });
    if (target.precondition === 'etag') this.#moved(read, answer, seen.read);
    await this.#merges(first, seen.read);
    if (target.precondition !== 'none') await this.#stale(read);
    if (target.precondition === 'etag') await this.#without();
    await this.#emptied(key);
  }

  /** Whether a write of one key keeps the others: those that were there, and the one that was written before. */
  async #merges(first: Reading, before: Reading): Promise<void> {
    const { probed, keys, newValue } = this.#deps;
    const [key, other] = keys;
    const value = newValue();
    const { answer } = await this.#fresh({ [other]: value }, before);
    const { read, after } = answer === undefined ? { read: before } : await probed.readUntil((each) => probed.value(each, other) === value);
    this.report.replaces = (after !== undefined && probed.value(read, key) === undefined) || this.#own.allLost(first, read);
    if (this.report.replaces) this.#found('other keys', 'lost: a write replaces the map');
    else this.#found('other keys', after === undefined ? 'not known: no second write was seen' : 'kept: a write merges');
  }

  /** Writes with what was just read, again where the call has moved meanwhile. */
  async #fresh(
    values: Readonly<Record<string, string>>,
    first: Reading,
  ): Promise<{ answer: Answer | undefined; sent: number; read: Reading }> {
    const { probed, now, target } = this.#deps;
    let read = first;
    for (let tries = 1; ; tries += 1) {
      const sent = now();
      const answer = await probed.write(values, read);
      if (judge(answer) === 'done') {
        if (!this.report.works) this.#found('write', `${saidBy(answer)}${tries > 1 ? `, at the ${ordinal(tries)} try` : ''}`);
        return { answer, sent, read };
      }
      if (judge(answer) !== 'conflict' || tries === mostTries) {
        this.#found(
          'write',
          `refused with ${target.precondition === 'etag' && read.etag !== undefined ? `${read.etag}: ` : ''}${saidBy(answer)}`,
        );
        return { answer: undefined, sent, read };
      }
      read = await probed.read();
    }
  }

  #moved(before: Reading, answer: Answer, after: Reading): void {
    const told = answer.headers['etag'];
    const moved = before.etag === undefined ? 'there is none' : after.etag === before.etag ? 'the same as before' : 'another one';
    this.#found(
      'ETag after',
      told === undefined ? `${moved}; the answer to a write tells none` : `${moved}; the answer to a write tells it`,
    );
  }

  async #stale(old: Reading): Promise<void> {
    const { probed, keys, newValue, target } = this.#deps;
    const what = target.precondition === 'etag' ? 'stale If-Match' : 'stale version';
    const present = await probed.read();
    const unchanged = target.precondition === 'etag' ? old.etag === present.etag : old.content?.version === present.content?.version;
    if (unchanged) {
      this.#found(what, 'cannot be tried: nothing tells an old state from the present one');
      return;
    }
    const answer = await probed.write({ [keys[1]]: newValue() }, old);
    this.report.guarded = judge(answer) === 'conflict';
    if (judge(answer) === 'done') this.#found(what, `ignored: ${answer.status}, the write was carried out`);
    else if (target.precondition === 'etag')
      this.#found(what, `${shortly(answer)}; ${answer.headers['etag'] === undefined ? 'without' : 'with'} the present ETag`);
    else this.#found(what, shortly(answer));
  }

  async #without(): Promise<void> {
    const { probed, keys, newValue } = this.#deps;
    const answer = await probed.write({ [keys[1]]: newValue() });
    this.#found('no If-Match', judge(answer) === 'done' ? `${answer.status}: a blind write is taken` : saidBy(answer));
  }

  async #emptied(key: string): Promise<void> {
    const { probed } = this.#deps;
    const { answer } = await this.#fresh({ [key]: '' }, await probed.read());
    if (answer === undefined) return;
    const { read, after } = await probed.readUntil((each) => (probed.value(each, key) ?? '') === '');
    const value = probed.value(read, key);
    this.#found(
      '"" as value',
      after === undefined ? 'not shown by a read' : value === undefined ? 'deletes the key' : 'stays as an empty value',
    );
  }

  async #echo(value: string, { answer, sent, seen }: { answer: Answer; sent: number; seen: Reading }): Promise<void> {
    const { target } = this.#deps;
    const echoes = this.#deps.echoes();
    if (echoes === undefined || target.holder === 'conversation') return;
    const heard = await echoes.of(value, eventPatience);
    const [first] = heard;
    this.#took('shown by an event', first === undefined ? undefined : Math.max(0, first.at - sent));
    if (first === undefined || target.precondition !== 'etag') return;
    const etags = [answer.headers['etag'], seen.etag];
    const versions = heard.map(({ version }) => version).filter((version) => version !== undefined);
    const told = heard.map(({ etag }) => etag).filter((etag) => etag !== undefined);
    const said = [
      versions.length === 0
        ? 'no version'
        : `version n ${versions.some((version) => etags.includes(`"${version}"`)) ? 'is' : 'is not'} ETag "n"`,
      told.length === 0 ? 'no ETag' : `an ETag that ${told.some((etag) => etags.includes(etag)) ? 'is' : 'is not'} the resource’s`,
    ];
    this.#found('the event tells', said.join(', '));
  }

  #took(what: string, after: number | undefined): void {
    if (after !== undefined) this.report.slowest = Math.max(this.report.slowest, after);
    this.#found(what, after === undefined ? 'not in the time that it was waited for' : `after ${Math.round(after)} ms`);
  }

  #found(what: string, found: string): void {
    this.report.facts.push({ what, found });
  }
}

/** Status and code: the message of a conflict names ids only. */
function shortly({ status, code }: Answer): string {
  return `${status}${code === undefined ? '' : ` ${code}`}`;
}

function kindOf(etag: string | undefined): string {
  return etag === undefined ? 'no ETag' : `${etag.startsWith('W/') ? 'weak' : 'strong'} ETag ${etag}`;
}

function versionOf(version: number | undefined): string {
  return version === undefined ? 'no version' : `version ${version}`;
}

function ordinal(tries: number): string {
  return ['1st', '2nd', '3rd'][tries - 1] ?? `${tries}th`;
}
