/** What the header of a qcow2 image records. */
export interface Qcow2Header {
  readonly version: number;
  /** Bytes. */
  readonly capacity: number;
  readonly clusterBits: number;
  /** Where the table of the tables of clusters lies, and how many entries it has. */
  readonly l1: { readonly offset: number; readonly entries: number };
  /** How many snapshots it keeps in itself. */
  readonly snapshots: number;
  /** Features that a reader must know; 0 for version 2. */
  readonly incompatible: bigint;
  /** What it stands on, word by word: a name may be relative, and a format may be missing. */
  readonly backing: { readonly name: string; readonly format: string | undefined } | undefined;
}

const magic = 0x514649fb;
const backingFormat = 0xe2792aca;

/**
 * Reads the header of a qcow2 image from its first bytes (docs/interop/qcow2.txt of QEMU).
 * @returns undefined where these bytes are no such header, or not all of it
 */
export function parseQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== magic) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version >= 3 && bytes.length < 104) return undefined;
  const offset = Number(bytes.readBigUInt64BE(8));
  const length = bytes.readUInt32BE(16);
  if (offset + length > bytes.length) return undefined;
  const name = bytes.toString('utf8', offset, offset + length);
  return {
    version,
    capacity: Number(bytes.readBigUInt64BE(24)),
    clusterBits: bytes.readUInt32BE(20),
    l1: { offset: Number(bytes.readBigUInt64BE(40)), entries: bytes.readUInt32BE(36) },
    snapshots: bytes.readUInt32BE(60),
    incompatible: version >= 3 ? bytes.readBigUInt64BE(72) : 0n,
    backing: offset === 0 || length === 0 ? undefined : { name, format: recordedFormat(bytes, version) },
  };
}

function recordedFormat(bytes: Buffer, version: number): string | undefined {
  let at = version >= 3 ? bytes.readUInt32BE(100) : 72;
  while (at + 8 <= bytes.length) {
    const type = bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    if (type === 0) return undefined;
    if (type === backingFormat) return bytes.toString('utf8', at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
