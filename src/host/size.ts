import type { XmlElement } from './xml';

// libvirt's units (formatdomain.html#memory-allocation): KiB and its short form k are powers of two, KB of ten.
const factors: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  kb: 1e3,
  k: 2 ** 10,
  kib: 2 ** 10,
  mb: 1e6,
  m: 2 ** 20,
  mib: 2 ** 20,
  gb: 1e9,
  g: 2 ** 30,
  gib: 2 ** 30,
  tb: 1e12,
  t: 2 ** 40,
  tib: 2 ** 40,
};

/**
 * A size in bytes, as libvirt writes it: `<capacity unit='bytes'>`, `<memory unit='KiB'>`.
 * @param unit what a missing `unit` means: bytes for storage, KiB for memory
 */
export function bytesOf(element: XmlElement | undefined, unit: 'bytes' | 'KiB'): number {
  const value = Number(element?.text.trim() ?? NaN);
  const factor = factors[(element?.attribute('unit') ?? unit).toLowerCase()] ?? NaN;
  return Number.isFinite(value * factor) ? value * factor : 0;
}
