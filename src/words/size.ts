const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A size in bytes as people read it, in powers of two like libvirt's own: `196 KiB`, `1.5 GiB`. */
export function sizeText(bytes: number, locale: string): string {
  const key = `${bytes} ${locale}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  // A host has few different sizes at a time, but others as time goes by.
  if (texts.size > 1000) texts.clear();
  const text = makeText(bytes, locale);
  texts.set(key, text);
  return text;
}

const texts = new Map<string, string>();

function makeText(bytes: number, locale: string): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${formatOf(locale, value < 10 ? 1 : 0).format(value)} ${units[power] ?? 'B'}`;
}

// To make one takes a hundred times as long as to use it.
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(locale: string, maximumFractionDigits: number): Intl.NumberFormat {
  const key = `${maximumFractionDigits} ${locale}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locale, { maximumFractionDigits });
  formats.set(key, format);
  return format;
}
