/**
 * What texts were parsed to, by the objects they are about: most of what is read again has not changed, and what reads
 * the same is the same object as before.
 */
export class Parsed<T> {
  private readonly last = new Map<string, { readonly text: string; readonly value: T }>();

  constructor(private readonly parse: (text: string) => T) {}

  /** @throws what the parser throws; what cannot be parsed is not kept */
  of(key: string, text: string): T {
    const known = this.last.get(key);
    if (known?.text === text) return known.value;
    const value = this.parse(text);
    this.last.set(key, { text, value });
    return value;
  }

  /** Forgets all others. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.last.keys()) if (!keys.has(key)) this.last.delete(key);
  }
}
