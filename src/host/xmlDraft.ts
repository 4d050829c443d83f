import { XMLParser } from 'fast-xml-parser';

/**
 * An element of an XML document that is changed in places and written again: what is not touched (order, blanks,
 * comments, entities, unknown elements) comes out as it went in.
 */
export class XmlDraft {
  /** @param content elements, and what stands between them as it is written: escaped text, comments, CDATA */
  private constructor(
    readonly name: string,
    private readonly written: Map<string, string>,
    private content: (XmlDraft | string)[],
  ) {}

  /**
   * @returns the root element
   * @throws Error if the text is not XML with a root element
   */
  static parse(text: string): XmlDraft {
    const root = convert(parser.parse(text.trim()) as Ordered[]).find((node) => node instanceof XmlDraft);
    if (root === undefined) throw new Error('no XML element');
    return root;
  }

  static make(
    name: string,
    attributes: Readonly<Record<string, string>> = {},
    content: readonly (XmlDraft | string)[] = [],
  ): XmlDraft {
    const element = new XmlDraft(name, new Map(), []);
    for (const [key, value] of Object.entries(attributes)) element.set(key, value);
    element.content = content.map((node) => (typeof node === 'string' ? escape(node) : node));
    return element;
  }

  /** What the parser made of an element. */
  static of(name: string, written: Map<string, string>, content: (XmlDraft | string)[]): XmlDraft {
    return new XmlDraft(name, written, content);
  }

  get children(): XmlDraft[] {
    return this.content.filter((node) => node instanceof XmlDraft);
  }

  all(name: string): XmlDraft[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The first element at this path below, or undefined. */
  first(...path: readonly string[]): XmlDraft | undefined {
    const [name, ...rest] = path;
    if (name === undefined) return this;
    return this.children.find((child) => child.name === name)?.first(...rest);
  }

  attribute(name: string): string | undefined {
    const value = this.written.get(name);
    return value === undefined ? undefined : unescape(value);
  }

  get attributes(): readonly string[] {
    return [...this.written.keys()];
  }

  /** Sets an attribute; undefined removes it. */
  set(name: string, value: string | undefined): void {
    if (value === undefined) this.written.delete(name);
    else this.written.set(name, escape(value));
  }

  /** The text of an element that holds nothing but text. */
  get text(): string {
    return unescape(this.content.filter((node) => typeof node === 'string').join(''));
  }

  set text(value: string) {
    this.content = [escape(value)];
  }

  /** Takes a child out, with the blanks before it. */
  remove(child: XmlDraft): void {
    const index = this.content.indexOf(child);
    if (index === -1) return;
    const before = this.content[index - 1];
    const blank = typeof before === 'string' && before.trim() === '';
    this.content.splice(blank ? index - 1 : index, blank ? 2 : 1);
  }

  removeAll(name: string): void {
    for (const child of this.all(name)) this.remove(child);
  }

  add(child: XmlDraft): XmlDraft {
    this.content.push(child);
    return child;
  }

  /** Adds a child behind the one of this name, or as the last. */
  addAfter(name: string, child: XmlDraft): XmlDraft {
    const index = this.content.findIndex((node) => node instanceof XmlDraft && node.name === name);
    this.content.splice(index === -1 ? this.content.length : index + 1, 0, child);
    return child;
  }

  /** The first child of this name, made as the last one where there is none. */
  ensure(name: string): XmlDraft {
    return this.first(name) ?? this.add(XmlDraft.make(name));
  }

  toString(): string {
    return this.content.length === 0
      ? `${this.start}/>`
      : `${this.start}>${this.content.join('')}</${this.name}>`;
  }

  /** The same with each element on a line of its own, as libvirt writes it; texts stay as they are. */
  toLines(indent = ''): string {
    if (this.children.length === 0) return `${indent}${this.toString()}`;
    const lines = this.content.flatMap((node) =>
      typeof node === 'string'
        ? node.trim() === ''
          ? []
          : [`${indent}  ${node.trim()}`]
        : [node.toLines(`${indent}  `)],
    );
    return [`${indent}${this.start}>`, ...lines, `${indent}</${this.name}>`].join('\n');
  }

  private get start(): string {
    return `<${this.name}${[...this.written].map(([name, value]) => ` ${name}="${value}"`).join('')}`;
  }
}

type Ordered = Record<string, Ordered[] | string | Record<string, string>>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  attributesGroupName: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  commentPropName: '#comment',
  cdataPropName: '#cdata',
});

function convert(nodes: readonly Ordered[]): (XmlDraft | string)[] {
  return nodes.flatMap((node): (XmlDraft | string)[] => {
    const name = Object.keys(node).find((key) => key !== ':@');
    const content = name === undefined ? undefined : node[name];
    if (name === undefined) return [];
    if (typeof content === 'string') return [content];
    const children = Array.isArray(content) ? convert(content) : [];
    if (name === '#comment') return [`<!--${children.join('')}-->`];
    if (name === '#cdata') return [`<![CDATA[${children.join('')}]]>`];
    const attributes = Object.entries((node[':@'] ?? {}) as Record<string, string>);
    // They are written between double quotes again, wherever they stood before.
    const written = attributes.map(([key, value]) => [key, value.replaceAll('"', '&quot;')] as const);
    return [XmlDraft.of(name, new Map(written), children)];
  });
}

const entities: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  ['\n', '&#10;'],
  ['\r', '&#13;'],
  ['\t', '&#9;'],
];
const bySign = new Map(entities);
const byEntity = new Map(entities.map(([sign, entity]) => [entity, sign]));

function escape(text: string): string {
  return text.replace(/[&<>"'\n\r\t]/g, (sign) => bySign.get(sign) ?? sign);
}

function unescape(written: string): string {
  return written.replace(
    /&(?:#(x)?([0-9a-f]+)|\w+);/gi,
    (entity, hex: string | undefined, digits?: string) =>
      digits === undefined
        ? (byEntity.get(entity) ?? entity)
        : String.fromCodePoint(parseInt(digits, hex === undefined ? 10 : 16)),
  );
}
