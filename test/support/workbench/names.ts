/** How a test names what it sees: the whole text, or a pattern. */
export type Name = string | RegExp;

/** A pattern for the whole text, whatever white space surrounds it. */
export function exactly(name: Name): RegExp {
  if (name instanceof RegExp) return name;
  return new RegExp(`^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s')}\\s*$`);
}

/** The text as a person reads it: VS Code sets names with no-break spaces. */
export function plain(text: string | null | undefined): string {
  return (text ?? '').replace(/\u00a0/g, ' ').trim();
}

/** As much of the browser's elements as is read in the page; the project is compiled without the browser's types. */
export interface PageElement {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}
