import { parseInstant } from '@managed-os/kernel';
import { type Path, pointer, Refused, type RefusalCode } from './refusal.js';
import { type PlistDate, type PlistDict, type PlistValue, wellFormed } from './value.js';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const INTEGER = /^[+-]?\d{1,39}$/;
const REAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL_REAL = /^(?:nan|[+-]?inf(?:inity)?)$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const REFERENCE = /&([^;]*;?)/g;
const LONGEST_REAL = 1_000;
const [SLASH, LESS, GREATER] = [0x2f, 0x3c, 0x3e];

/** Reads one XML property list in a single pass over its text. Throws `Refused`, and nothing else. */
export const scanXml = (text: string, maxDepth: number): PlistValue => new Scanner(text, maxDepth).document();

class Scanner {
  private pos = 0;
  private readonly path: (string | number)[] = [];
  private readonly text: string;
  /** Looked up once: most documents have none of these, and then text is taken as it stands. */
  private readonly plain: boolean;

  constructor(
    text: string,
    private readonly maxDepth: number,
  ) {
    this.text = wellFormed(text);
    this.plain = !text.includes('&') && !text.includes('\r');
  }

  document(): PlistValue {
    this.prolog();
    const root = this.tag();
    if (!/^plist(?:\s|$)/.test(root.name) || root.empty) this.fail('syntax', 'expected <plist>');
    this.misc();
    const value = this.value(0);
    this.misc();
    this.close('plist');
    this.misc();
    if (this.pos !== this.text.length) this.fail('syntax', 'something follows </plist>');
    return value;
  }

  private prolog(): void {
    if (this.text.startsWith('<?xml')) {
      const end = this.after('?>');
      const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(this.text.slice(0, end))?.[1] ?? 'UTF-8';
      if (!/^(?:utf-8|us-ascii)$/i.test(encoding)) this.fail('encoding', 'only UTF-8 is read');
      this.pos = end;
    }
    this.misc();
    if (this.text.startsWith('<!DOCTYPE', this.pos)) {
      const end = this.after('>');
      if (this.text.slice(this.pos, end).includes('[')) this.fail('entity', 'a document type of its own is not read');
      this.pos = end;
      this.misc();
    }
  }

  private value(depth: number): PlistValue {
    if (depth > this.maxDepth) this.fail('too-deep', `nested deeper than ${this.maxDepth}`);
    const start = this.pos;
    const { name, empty } = this.tag();
    switch (name) {
      case 'dict':
        return empty ? new Map<string, PlistValue>() : this.dict(depth);
      case 'array':
        return empty ? [] : this.array(depth);
      case 'string':
        return empty ? '' : this.content(name);
      case 'true':
      case 'false':
        if (!empty) this.close(name);
        return name === 'true';
      case 'integer':
        return this.integer(name, empty, start);
      case 'real':
        return this.real(name, empty, start);
      case 'date':
        return this.date(name, empty, start);
      case 'data':
        return this.data(name, empty, start);
      default:
        return this.fail('syntax', 'not an element of a property list', start);
    }
  }

  private dict(depth: number): PlistDict {
    const entries = new Map<string, PlistValue>();
    for (this.misc(); !this.text.startsWith('</', this.pos); this.misc()) {
      const start = this.pos;
      const key = this.key();
      this.misc();
      this.path.push(key);
      const size = entries.size;
      entries.set(key, this.value(depth + 1));
      this.path.pop();
      if (entries.size === size) this.fail('duplicate-key', 'a key appears twice', start);
    }
    this.close('dict');
    return entries;
  }

  private key(): string {
    const start = this.pos;
    const { name, empty } = this.tag();
    if (name !== 'key') this.fail('syntax', 'expected <key>', start);
    return empty ? '' : this.content(name);
  }

  private array(depth: number): readonly PlistValue[] {
    const items: PlistValue[] = [];
    for (this.misc(); !this.text.startsWith('</', this.pos); this.misc()) {
      this.path.push(items.length);
      items.push(this.value(depth + 1));
      this.path.pop();
    }
    this.close('array');
    return items;
  }

  private integer(name: string, empty: boolean, start: number): bigint {
    const text = empty ? '' : this.content(name).trim();
    if (!INTEGER.test(text)) this.fail('value', 'not an integer', start);
    return BigInt(text.startsWith('+') ? text.slice(1) : text);
  }

  private real(name: string, empty: boolean, start: number): number {
    const text = empty ? '' : this.content(name).trim();
    if (SPECIAL_REAL.test(text)) return /nan/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
    if (text.length > LONGEST_REAL || !REAL.test(text)) this.fail('value', 'not a real number', start);
    return Number(text);
  }

  private date(name: string, empty: boolean, start: number): PlistDate {
    const text = empty ? '' : this.content(name).trim();
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? parseInstant(text) : undefined;
    // A day that the month does not have is read as one of the next month: not what the text says.
    if (at === undefined || at.slice(0, 19) !== text.slice(0, 19)) return this.fail('value', 'not a date', start);
    return { date: at };
  }

  private data(name: string, empty: boolean, start: number): Uint8Array {
    const text = empty ? '' : this.content(name).replace(/\s+/g, '');
    if (!BASE64.test(text)) this.fail('value', 'not Base64', start);
    return new Uint8Array(Buffer.from(text, 'base64'));
  }

  /** The text up to the closing tag of `name`, with references, CDATA and comments resolved. */
  private content(name: string): string {
    let text = '';
    for (;;) {
      const open = this.text.indexOf('<', this.pos);
      if (open < 0) this.fail('syntax', `<${name}> is not closed`, this.text.length);
      const raw = this.text.slice(this.pos, open);
      text += this.plain ? raw : this.resolved(raw);
      this.pos = open;
      if (this.text.charCodeAt(open + 1) === SLASH) {
        this.close(name);
        return text;
      }
      if (this.text.startsWith('<![CDATA[', open)) {
        const end = this.after(']]>');
        text += this.text.slice(open + 9, end - 3).replace(/\r\n?/g, '\n');
        this.pos = end;
      } else if (this.text.startsWith('<!--', open)) {
        this.pos = this.after('-->');
      } else {
        this.fail('syntax', `<${name}> holds text only`);
      }
    }
  }

  private resolved(raw: string): string {
    const lines = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
    return lines.includes('&')
      ? lines.replace(REFERENCE, (_, body: string) => this.character(body.slice(0, -1), body.endsWith(';')))
      : lines;
  }

  private character(name: string, closed: boolean): string {
    const entity = closed && Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (entity !== undefined) return entity;
    const number = closed ? /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name) : null;
    const code = number ? (number[1] !== undefined ? parseInt(number[1], 16) : Number(number[2])) : -1;
    if (code <= 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return this.fail('entity', 'only the five entities of XML and numbered characters are read');
    }
    return String.fromCodePoint(code);
  }

  private tag(): { readonly name: string; readonly empty: boolean } {
    const { text, pos } = this;
    if (text.charCodeAt(pos) !== LESS) this.fail('syntax', 'expected an element');
    const end = text.indexOf('>', pos);
    if (end < 0) this.fail('syntax', 'an element is cut off');
    const empty = text.charCodeAt(end - 1) === SLASH;
    const name = text.slice(pos + 1, empty ? end - 1 : end).trimEnd();
    this.pos = end + 1;
    return { name, empty };
  }

  private close(name: string): void {
    const { text, pos } = this;
    const end = this.white(pos + 2 + name.length);
    if (!text.startsWith('</', pos) || !text.startsWith(name, pos + 2) || text.charCodeAt(end) !== GREATER) {
      this.fail('syntax', `expected </${name}>`);
    }
    this.pos = end + 1;
  }

  /** Skips white space and comments between elements. */
  private misc(): void {
    for (;;) {
      this.pos = this.white(this.pos);
      if (!this.text.startsWith('<!--', this.pos)) return;
      this.pos = this.after('-->');
    }
  }

  /** Where the white space from `at` on ends. */
  private white(at: number): number {
    for (;;) {
      const code = this.text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x09 && code !== 0x0d) return at;
      at += 1;
    }
  }

  private after(mark: string): number {
    const at = this.text.indexOf(mark, this.pos);
    if (at < 0) this.fail('syntax', `expected ${mark}`);
    return at + mark.length;
  }

  private fail(code: RefusalCode, detail: string, offset = this.pos): never {
    const path: Path = this.path;
    throw new Refused({ code, path: pointer(path), offset, detail });
  }
}
