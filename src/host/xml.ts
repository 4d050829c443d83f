import { XMLParser } from 'fast-xml-parser';

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
    return child?.first(...rest);
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
    return this.attributes[name];
  }
}

type Ordered = Record<string, Ordered[] | string | Record<string, string>>;

// Order and text as they are: names may start or end with blanks, and numbers are converted where they are understood.
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
  htmlEntities: true,
});

/**
 * Reads an XML document.
 * @returns its root element
 * @throws Error if the text is not XML with a root element
 */
export function parseXml(text: string): XmlElement {
  const document = text.trim();
  const root = elements(parser.parse(document) as Ordered[], {})[0];
  if (root === undefined) throw new Error('no XML element');
  // The parser forgives a missing end, which is what a reply that was cut off looks like.
  const whole =
    document.endsWith(`</${root.name}>`) || (document.endsWith('/>') && root.children.length === 0);
  if (!whole) throw new Error('the XML is cut off');
  return root;
}

/** Namespaces by their prefixes, as an element's ancestors and itself declare them. */
type Scope = Readonly<Record<string, string>>;

function elements(nodes: readonly Ordered[], outer: Scope): XmlElement[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    const content = node[name];
    const children = Array.isArray(content) ? content : [];
    const attributes = (node[':@'] ?? {}) as Record<string, string>;
    const scope = { ...outer, ...declared(attributes) };
    const prefix = name.includes(':') ? name.slice(0, name.indexOf(':')) : '';
    return [new XmlElement(name, scope[prefix], attributes, elements(children, scope), textIn(children))];
  });
}

function declared(attributes: Readonly<Record<string, string>>): Scope {
  const declarations = Object.entries(attributes).filter(([name]) => /^xmlns(:|$)/.test(name));
  return Object.fromEntries(
    declarations.map(([name, namespace]) => [name.slice('xmlns:'.length), namespace]),
  );
}

function textIn(nodes: readonly Ordered[]): string {
  return nodes.map((node) => (typeof node['#text'] === 'string' ? node['#text'] : '')).join('');
}
