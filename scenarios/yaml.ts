/**
 * Text → plain values that can be located again: the only file that knows YAML. What is refused is refused
 * with its place and in bounded time and memory: bombs, cycles, duplicate keys, depth, tags.
 *
 * Places are found by reading the text a second time, and only when there is something to complain about,
 * so a clean file costs no memory for them.
 */
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";
import { describe } from "../engine/values/issue.ts";
import type { LocatedIssue } from "./issues.ts";

/** Larger files are refused before they are read. */
export const fileSizeMax: number = 16 * 1024 * 1024;
/** Lexical tokens per file: a few seconds of parsing, whatever they are; some 4 MB of ordinary manifests. */
const tokensMaxDefault = 2_000_000;
/** Values per file after aliases are followed. */
const valuesMax = 1_000_000;
const depthMax = 200;
/** Open mappings and lists in the parser, which counts some levels twice. */
const stackMax = 1_000;
/** Parse errors per file; the rest are mostly echoes of the first. */
const errorsMax = 5;

export interface YamlFile {
  readonly file: string;
  /** One value per document that isn't empty and can be read. One with a key given twice is here and among the issues. */
  readonly documents: readonly YamlDocument[];
  readonly issues: readonly LocatedIssue[];
}

export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** Where the value at this path stands, or its nearest parent; for `"key"`, where the last key itself stands. */
  locate(path: readonly (string | number)[], aim?: "value" | "key"): Place;
}

/** Both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlOptions {
  /** Plain yes, no, on and off are booleans, as kubectl reads them (YAML 1.1). */
  readonly hasOldBooleans?: boolean;
  readonly tokensMax?: number;
}

export function parseYaml(text: string, file: string, options: YamlOptions = {}): YamlFile {
  const reader = new Reader(text, file, options.tokensMax);
  const documents: YamlDocument[] = [];
  let number = -1;
  for (const document of reader.documents()) {
    number++;
    if (document.contents === null || reader.hasErrors(document)) continue;
    const converter = new Converter(reader, options.hasOldBooleans ?? false);
    const value = converter.document(document.contents as Node);
    if (value === null || value === undefined) continue;
    documents.push({ file, value, locate: locator(text, file, number) });
  }
  return { file, documents, issues: reader.issues };
}

/** Streams documents, so that only one syntax tree is held at a time. */
class Reader {
  readonly issues: LocatedIssue[] = [];
  private readonly text: string;
  private readonly file: string;
  private readonly tokensMax: number;
  private readonly lines = new LineCounter();

  constructor(text: string, file: string, tokensMax: number = tokensMaxDefault) {
    this.text = text;
    this.file = file;
    this.tokensMax = tokensMax;
  }

  *documents(): Generator<Document.Parsed> {
    const parser = new Parser(this.lines.addNewLine);
    // Keys are checked for being unique in the converter: the library compares each with each.
    const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: "silent", merge: false, resolveKnownTags: false });
    let tokens = 0;
    try {
      this.lines.addNewLine(0);
      for (const lexeme of new Lexer().lex(this.text)) {
        if (++tokens > this.tokensMax) {
          this.refuse(parser.offset, `more than ${this.tokensMax} tokens`, "a file of an ordinary size", "split it into several files");
          return;
        }
        if (parser.stack.length > stackMax) {
          this.refuseDepth(parser.offset);
          return;
        }
        for (const token of parser.next(lexeme)) yield* composer.next(token);
      }
      for (const token of parser.end()) yield* composer.next(token);
      yield* composer.end();
    } catch (error) {
      // The library recurses per level; its own guard answers most of it with an error, not all.
      if (!(error instanceof RangeError)) throw error;
      this.refuseDepth(parser.offset);
    }
  }

  private refuseDepth(offset: number): void {
    this.refuse(offset, "mappings and lists nested too deeply", `at most ${depthMax} levels`);
  }

  hasErrors(document: Document.Parsed): boolean {
    for (const error of document.errors.slice(0, errorsMax)) {
      const isTooDeep = /call stack|nested too deep/i.test(error.message);
      if (isTooDeep) this.refuseDepth(error.pos[0]);
      else this.refuse(error.pos[0], plainMessage(error.message), "valid YAML");
      if (isTooDeep) break;
    }
    if (document.errors.length > errorsMax)
      this.refuse(document.errors[errorsMax]?.pos[0] ?? 0, `${document.errors.length - errorsMax} more errors`, "valid YAML");
    const tags = document.warnings.filter((warning) => warning.code === "TAG_RESOLVE_FAILED");
    for (const tag of tags.slice(0, errorsMax))
      this.refuse(tag.pos[0], plainMessage(tag.message).replace("Unresolved tag: ", "the tag "), "a plain value");
    return document.errors.length + tags.length > 0;
  }

  refuse(offset: number, found: string, expected: string, hint?: string): void {
    const issue = { file: this.file, ...this.place(offset), path: "", found, expected };
    this.issues.push(hint === undefined ? issue : { ...issue, hint });
  }

  place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function plainMessage(message: string): string {
  return message.split("\n")[0]?.slice(0, 200) ?? message;
}

/** Turns one document into plain values. Aliases share the value of their anchor, so copies cost nothing but are counted. */
class Converter {
  private readonly reader: Reader;
  private readonly hasOldBooleans: boolean;
  /** Value and how many values it holds; "open" while it is being read. */
  private readonly anchors = new Map<string, { readonly value: unknown; readonly size: number } | "open">();
  private size = 0;
  private isRefused = false;

  constructor(reader: Reader, hasOldBooleans: boolean) {
    this.reader = reader;
    this.hasOldBooleans = hasOldBooleans;
  }

  /** Undefined if anything was refused. */
  document(contents: Node): unknown {
    const value = this.value(contents, 0);
    return this.isRefused ? undefined : value;
  }

  private value(node: Node | null, depth: number): unknown {
    if (node === null || this.size > valuesMax) return null;
    if (isAlias(node)) return this.alias(node.source, offsetOf(node));
    if (++this.size > valuesMax) return this.refuseSize(offsetOf(node));
    if (depth > depthMax) return this.refuse(offsetOf(node), `more than ${depthMax} levels of nesting`, `at most ${depthMax} levels`);
    const { anchor } = node as { anchor?: string };
    if (anchor === undefined) return this.plain(node, depth);
    const sizeBefore = this.size;
    this.anchors.set(anchor, "open");
    const value = this.plain(node, depth);
    this.anchors.set(anchor, { value, size: this.size - sizeBefore + 1 });
    return value;
  }

  private alias(name: string, offset: number): unknown {
    const anchor = this.anchors.get(name);
    if (anchor === undefined) return this.refuse(offset, `*${name}`, `an anchor &${name} before it`);
    if (anchor === "open") return this.refuse(offset, `*${name} inside of &${name}`, "an alias that doesn't hold itself");
    this.size += anchor.size;
    return this.size > valuesMax ? this.refuseSize(offset) : anchor.value;
  }

  private plain(node: Node, depth: number): unknown {
    if (isMap(node)) return this.mapping(node.items as Pair<Node, Node | null>[], depth);
    if (isSeq(node)) return node.items.map((item) => this.value(item as Node, depth + 1));
    return isScalar(node) ? this.scalar(node) : null;
  }

  private scalar(node: Scalar): unknown {
    const { value } = node;
    if (this.hasOldBooleans && node.type === "PLAIN" && typeof value === "string" && node.tag === undefined) {
      if (/^(yes|on)$/i.test(value)) return true;
      if (/^(no|off)$/i.test(value)) return false;
    }
    return value;
  }

  private mapping(items: readonly Pair<Node, Node | null>[], depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, number>();
    const merges: unknown[] = [];
    for (const { key, value } of items) {
      const offset = offsetOf(key);
      const name = this.keyOf(key);
      if (name === null) continue;
      if (name === "<<" && isPlain(key)) {
        merges.push(this.mergeSource(this.value(value, depth + 1), offset));
        continue;
      }
      const before = seen.get(name);
      const read = this.value(value, depth + 1);
      if (before === undefined) {
        seen.set(name, offset);
        result[name] = read;
      } else {
        // The first one counts, so that the rest of the document is checked all the same.
        this.complain(
          offset,
          `the key ${describe(name)} again`,
          "each key once",
          `it stands on line ${this.reader.place(before).line} already`,
        );
      }
    }
    for (const source of merges.flat()) {
      for (const [name, value] of Object.entries(source ?? {})) if (!Object.hasOwn(result, name)) result[name] = value;
    }
    return result;
  }

  /** Keys are text; numbers and booleans are taken as they are written. */
  private keyOf(key: Node): string | null {
    const offset = offsetOf(key);
    const named = isAlias(key)
      ? this.alias(key.source, offset)
      : isScalar(key)
        ? typeof key.value === "string"
          ? key.value
          : (key.source ?? String(key.value))
        : undefined;
    if (typeof named !== "string") {
      this.refuse(offset, "a key that isn't text", "text as key");
      return null;
    }
    if (named === "__proto__") this.refuse(offset, "the key __proto__", "another key");
    return named === "__proto__" ? null : named;
  }

  private mergeSource(value: unknown, offset: number): unknown {
    const isMergeable = (candidate: unknown): boolean => typeof candidate === "object" && candidate !== null && !Array.isArray(candidate);
    if (Array.isArray(value) ? value.every(isMergeable) : isMergeable(value)) return value;
    return this.refuse(offset, `<<: ${describe(value)}`, "a mapping, or a list of mappings");
  }

  private refuseSize(offset: number): null {
    return this.refuse(
      offset,
      `more than ${valuesMax} values`,
      `at most ${valuesMax}, aliases followed`,
      "split the file; aliases of aliases multiply",
    );
  }

  private refuse(offset: number, found: string, expected: string, hint?: string): null {
    this.complain(offset, found, expected, hint);
    this.isRefused = true;
    return null;
  }

  /** Says it, and goes on. A hundred are enough. */
  private complain(offset: number, found: string, expected: string, hint?: string): void {
    if (this.reader.issues.length < 100) this.reader.refuse(offset, found, expected, hint);
  }
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function isPlain(key: Node): boolean {
  return isScalar(key) && key.type === "PLAIN";
}

/** Finds paths in the document of this number, reading the text again at the first question. */
function locator(text: string, file: string, number: number): YamlDocument["locate"] {
  let known: { readonly reader: Reader; readonly root: Node; readonly anchors: readonly Anchor[] } | null = null;
  const open = (): NonNullable<typeof known> => {
    const reader = new Reader(text, file);
    let index = -1;
    for (const document of reader.documents()) {
      index++;
      if (index !== number) continue;
      const root = document.contents as Node;
      const anchors: Anchor[] = [];
      collectAnchors(root, anchors);
      return { reader, root, anchors };
    }
    throw new Error(`podstorm bug: document ${number} of ${file} is gone`);
  };
  return (path, aim = "value") => {
    known ??= open();
    const { reader, root, anchors } = known;
    let node: Node | null = resolved(root, anchors);
    // A mapping begins at its first key: that is where "something is missing here" points.
    let offset = offsetOf(node);
    for (const [index, step] of path.entries()) {
      const pair = childOf(node, step, anchors);
      if (pair === null) break;
      const isLast = index === path.length - 1;
      node = resolved(pair.value, anchors);
      offset = isLast && aim === "key" ? pair.keyOffset : pair.value === null ? pair.keyOffset : offsetOf(pair.value);
    }
    return reader.place(offset);
  };
}

interface Anchor {
  readonly name: string;
  readonly node: Node;
}

function collectAnchors(node: Node | null, anchors: Anchor[]): void {
  if (node === null || isAlias(node)) return;
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined) anchors.push({ name: anchor, node });
  if (isMap(node)) {
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      collectAnchors(key, anchors);
      collectAnchors(value, anchors);
    }
  } else if (isSeq(node)) for (const item of node.items) collectAnchors(item as Node, anchors);
}

/** The node behind an alias: the last anchor of that name before it. */
function resolved(node: Node | null, anchors: readonly Anchor[]): Node | null {
  if (node === null || !isAlias(node)) return node;
  const offset = offsetOf(node);
  const found = anchors.findLast((anchor) => anchor.name === node.source && offsetOf(anchor.node) < offset);
  return found?.node ?? null;
}

function childOf(
  node: Node | null,
  step: string | number,
  anchors: readonly Anchor[],
): { readonly keyOffset: number; readonly value: Node | null } | null {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item === undefined ? null : { keyOffset: offsetOf(item), value: item };
  }
  if (!isMap(node)) return null;
  const pairs = node.items as Pair<Node, Node | null>[];
  const pair = pairs.find(({ key }) => keyText(key, anchors) === String(step));
  if (pair !== undefined) return { keyOffset: offsetOf(pair.key), value: pair.value };
  for (const merge of pairs.filter(({ key }) => keyText(key, anchors) === "<<")) {
    const source = resolved(merge.value, anchors);
    for (const candidate of isSeq(source) ? (source.items as Node[]) : [source]) {
      const found = childOf(resolved(candidate, anchors), step, anchors);
      if (found !== null) return found;
    }
  }
  return null;
}

function keyText(key: Node, anchors: readonly Anchor[]): string {
  const node = resolved(key, anchors);
  return isScalar(node) ? (typeof node.value === "string" ? node.value : (node.source ?? String(node.value))) : "";
}
