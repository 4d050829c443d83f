/** One element of an XML document, read only; unknown elements are simply never asked for. */
export class XmlElement {
  constructor(
    readonly name: string,
    /** The namespace its prefix stands for; undefined where it is in none. */
    readonly namespace: string | undefined,
    readonly attributes: Readonly<Record<string, string>>,
    readonly children: readonly XmlElement[],
    readonly text: string,
  ) {}

  /** The first element at this path below, or undefined. */
  first(...path: readonly string[]): XmlElement | undefined {
    const [name, ...rest] = path;
    if (name === undefined) return this;
    const child = this.children.find((element) => element.name === name);
    return rest.length === 0 ? child : child?.first(...rest);
  }

  /** All children of this name. */
  all(name: string): XmlElement[] {
    return this.children.filter((element) => element.name === name);
  }

  /** The text of the element at this path, or undefined where there is none. */
  textOf(...path: readonly string[]): string | undefined {
    return this.first(...path)?.text;
  }

  attribute(name: string): string | undefined {
    return Object.hasOwn(this.attributes, name) ? this.attributes[name] : undefined;
  }
}

/**
 * Reads a document of one kind.
 * @param name that of its root element
 * @throws Error if the text is not one whole element of this name
 */
export function parseXmlOf(name: string, text: string): XmlElement {
  const root = parseXml(text);
  if (root.name !== name) throw new Error(`<${root.name}> in place of <${name}>`);
  return root;
}

/**
 * Reads an XML document. It is a small parser for documents that libvirt has written or at least understood, ten times
 * as fast as one that does all: a host with a thousand volumes is parsed in 50 ms. What belongs to the form of a
 * document (declaration, document type, comments, processing instructions) is passed over. Order and text stay as they
 * are: names may start or end with blanks, and numbers are converted where they are understood.
 * @returns its root element
 * @throws Error if the text is not one whole element
 */
export function parseXml(text: string): XmlElement {
  return new Parser(text).document();
}

/** The line, counted from 1, in which a text stops being an XML document; undefined where it is one. */
export function flawedLine(text: string): number | undefined {
  const parser = new Parser(text);
  try {
    parser.document();
    return undefined;
  } catch {
    return parser.line;
  }
}

/** Namespaces by their prefixes, as an element's ancestors and itself declare them. */
type Scope = ReadonlyMap<string, string>;

const none: Readonly<Record<string, string>> = Object.freeze({});

class Parser {
  private at = 0;
  /** Whether the attributes that were read last declare a namespace. */
  private declares = false;
  private parts = 0;

  constructor(private readonly source: string) {}

  /** The line that is being read, counted from 1. */
  get line(): number {
    return this.source.slice(0, this.at).split('\n').length;
  }

  document(): XmlElement {
    this.passOver();
    if (this.source[this.at] !== '<') throw new Error('no XML element');
    const root = this.element(new Map(), 0);
    this.passOver();
    if (this.at < this.source.length) throw new Error('text after the XML element');
    return root;
  }

  /** What may stand before and behind the root element. */
  private passOver(): void {
    for (;;) {
      this.blanks();
      if (this.passMarkup()) continue;
      if (!this.source.startsWith('<!DOCTYPE', this.at)) return;
      const subset = this.source.indexOf('[', this.at);
      const end = this.find('>');
      this.at = subset !== -1 && subset < end ? this.find(']>') + 2 : end + 1;
    }
  }

  /** Passes over a comment or a processing instruction, if one stands here. */
  private passMarkup(): boolean {
    if (this.source.startsWith('<!--', this.at)) this.at = this.find('-->') + 3;
    else if (this.source.startsWith('<?', this.at)) this.at = this.find('?>') + 2;
    else return false;
    return true;
  }

  private element(outer: Scope, depth: number): XmlElement {
    if (depth > deepest) throw new Error('the XML is too deep');
    this.count();
    this.at++;
    const name = this.name();
    const attributes = this.attributes();
    const scope = this.declares ? declared(attributes, outer) : outer;
    const colon = name.indexOf(':');
    const namespace = scope.get(colon === -1 ? '' : name.slice(0, colon));
    if (this.source[this.at] === '/') {
      this.expect('/>');
      return new XmlElement(name, namespace, attributes, [], '');
    }
    this.at++;
    const children: XmlElement[] = [];
    const text = this.content(children, scope, depth);
    this.expect(`</${name}`);
    this.blanks();
    this.expect('>');
    return new XmlElement(name, namespace, attributes, children, text);
  }

  /** Reads up to the end of the element; children go into the list. */
  private content(children: XmlElement[], scope: Scope, depth: number): string {
    const { source } = this;
    let text = '';
    for (;;) {
      const next = this.find('<');
      if (next > this.at) text += decode(source.slice(this.at, next));
      this.at = next;
      const kind = source[next + 1];
      if (kind === '/') return text;
      if (source.startsWith('<![CDATA[', next)) {
        const end = this.find(']]>');
        text += source.slice(next + 9, end);
        this.at = end + 3;
      } else if (!this.passMarkup()) children.push(this.element(scope, depth + 1));
    }
  }

  /** Reads the attributes up to `>` or `/`. */
  private attributes(): Readonly<Record<string, string>> {
    let found: Record<string, string> | undefined;
    this.declares = false;
    for (;;) {
      this.blanks();
      const next = this.source[this.at];
      if (next === '>' || next === '/') return found ?? none;
      this.count();
      const name = this.name();
      this.blanks();
      this.expect('=');
      this.blanks();
      const quote = this.source[this.at++];
      if (quote !== '"' && quote !== "'") throw new Error('an attribute without quotes');
      const end = this.find(quote);
      found ??= {};
      found[name] = decode(this.source.slice(this.at, end));
      this.at = end + 1;
      this.declares ||= name.startsWith('xmlns');
    }
  }

  private count(): void {
    if (++this.parts > most) throw new Error('the XML is too large');
  }

  private name(): string {
    const { source } = this;
    const from = this.at;
    while (!endsName(source.charCodeAt(this.at))) this.at++;
    if (this.at === from) throw this.at >= source.length ? cutOff() : new Error('a name is missing');
    return source.slice(from, this.at);
  }

  private blanks(): void {
    const { source } = this;
    while (source.charCodeAt(this.at) <= 32) this.at++;
  }

  private expect(text: string): void {
    if (!this.source.startsWith(text, this.at)) {
      throw this.at >= this.source.length ? cutOff() : new Error(`${text} is missing`);
    }
    this.at += text.length;
  }

  private find(text: string): number {
    const found = this.source.indexOf(text, this.at);
    if (found === -1) throw cutOff();
    return found;
  }
}

// No document of libvirt is a tenth as deep; the stack holds many times as much.
const deepest = 500;

// Nor has one a tenth as many elements and attributes. So many take 30 ms, in which nothing else has its turn; anybody
// may write more into a domain's metadata.
const most = 110_000;

/** Whether a character cannot be part of a name, or is none at all (NaN). */
function endsName(code: number): boolean {
  return !(code > 63 || (code >= 48 && code <= 58) || code === 45 || code === 46);
}

function cutOff(): Error {
  return new Error('the XML is cut off');
}

function declared(attributes: Readonly<Record<string, string>>, outer: Scope): Scope {
  const own = Object.entries(attributes).filter(([name]) => /^xmlns(:|$)/.test(name));
  return new Map([...outer, ...own.map(([name, value]) => [name.slice('xmlns:'.length), value] as const)]);
}

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Replaces what is escaped, once; what is no reference stays as it is. */
function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name !== undefined) return entities.get(name) ?? whole;
      const code = decimal === undefined ? parseInt(String(hex), 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
