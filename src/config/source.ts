import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type Document, type ErrorCode, type Node } from 'yaml';
import { messageOf } from '../base/errors.js';
import { formatPath, type Fault } from './fault.js';

interface Place {
  line: number;
  column: number;
}

/** The YAML of a config file, and where each field stands in it. */
export interface Source {
  /** What the file says, as plain objects; undefined if its syntax is broken. */
  readonly value: unknown;
  /** Faults of the syntax itself, duplicate keys among them. */
  readonly faults: Fault[];
  /** Where the value at `path` stands, or its nearest parent if it is not there. */
  valueAt(path: readonly PropertyKey[]): Place;
  /** Where the key at `path` stands, or its parent if it is not there. */
  keyAt(path: readonly PropertyKey[]): Place;
}

/** Parses YAML 1.2 and keeps the positions. Never throws: what is wrong is in `faults`. */
export function parseSource(text: string): Source {
  const lines = new LineCounter();
  // duplicate keys are looked for below: the library's own error does not tell the path
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    ...place(error.pos[0]),
    path: '',
    message: inOurWords[error.code] ?? error.message,
  }));
  for (const { source: name, offset } of unresolvedAliases(document))
    faults.push({ ...place(offset), path: '', message: `there is no anchor "&${name}" before this alias` });
  let value: unknown;
  if (faults.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch (error) {
      faults.push({ ...place(0), path: '', message: messageOf(error) });
    }
    for (const { path, offset } of repeatedKeys(document)) {
      faults.push({ ...place(offset), path: formatPath(path), message: 'this key stands here twice; keep one of them' });
    }
  }
  const valueAt: Source['valueAt'] = (path) => place(offsetOf(nodeAt(document, path)) ?? 0);
  return {
    value,
    faults,
    valueAt,
    keyAt: (path) => {
      const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
      const key = isMap(parent)
        ? parent.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === path.at(-1))?.key
        : undefined;
      const offset = isNode(key) ? offsetOf(key) : undefined;
      return offset === undefined ? valueAt(path.slice(0, -1)) : place(offset);
    },
  };
}

/** Where the library's message does not tell a reader of the file what to do. */
const inOurWords: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAB_AS_INDENT: 'a tab cannot indent YAML; use spaces',
  MULTIPLE_DOCS: 'expected one YAML document, but another one begins here',
};

function unresolvedAliases(document: Document.Parsed): { source: string; offset: number }[] {
  const found: { source: string; offset: number }[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) found.push({ source: alias.source, offset: offsetOf(alias) ?? 0 });
    },
  });
  return found;
}

function repeatedKeys(document: Document.Parsed): { path: PropertyKey[]; offset: number }[] {
  const found: { path: PropertyKey[]; offset: number }[] = [];
  visit(document, {
    Map(_, map, ancestors) {
      const parent = ancestors.flatMap((node, index): PropertyKey[] => {
        if (isPair(node)) return isScalar(node.key) ? [String(node.key.value)] : [];
        const child = ancestors[index + 1] ?? map;
        return isNode(node) && 'items' in node && !isMap(node) ? [node.items.indexOf(child)] : [];
      });
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push({ path: [...parent, String(key.value)], offset: offsetOf(key) ?? 0 });
        seen.add(key.value);
      }
    },
  });
  return found;
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents ?? undefined;
}

function offsetOf(node: Node | undefined): number | undefined {
  return node?.range?.[0];
}
