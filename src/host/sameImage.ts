import { open, type FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { parseQcow2Header, type Qcow2Header } from './qcow2';

/**
 * How well the contents of an overlay fit to an image, in sectors: those of the image that the overlay has too, those it
 * has otherwise, and those that only the overlay has anything in.
 */
export interface Fit {
  readonly same: number;
  readonly different: number;
  readonly added: number;
}

const sector = 512;
// A guest changes many clusters in the same way, so a part of them tells as much as all.
const mostClusters = 400;
const offsetMask = 0x00ff_ffff_ffff_fe00n;
const compressed = 1n << 62n;

/**
 * Compares an overlay with an image that may be its base. QEMU copies a whole cluster of the base when a guest writes a
 * part of it, so that what the guest did not write is the same in both: file system structures, directories, logs. An
 * image that is not the base has other data there. Where the image is empty, the guest may have written anything.
 * @param levels the image and what it stands on, nearest first
 * @returns undefined where an image cannot be read this way: encrypted, compressed by zstd, with external data, of another
 * format
 */
export async function fitOf(overlay: string, levels: readonly string[]): Promise<Fit | undefined> {
  const opened: Image[] = [];
  try {
    const top = await Image.open(overlay);
    if (top?.header === undefined) return undefined;
    opened.push(top);
    const below: Image[] = [];
    for (const level of levels) {
      const image = await Image.open(level);
      if (image === undefined) return undefined;
      opened.push(image);
      below.push(image);
    }
    return await compare(top, top.header, below);
  } finally {
    await Promise.all(opened.map((image) => image.close()));
  }
}

async function compare(top: Image, header: Qcow2Header, below: readonly Image[]): Promise<Fit | undefined> {
  const size = 2 ** header.clusterBits;
  const clusters = await top.allocated(header);
  if (clusters === undefined) return undefined;
  const step = Math.max(1, Math.ceil(clusters.length / mostClusters));
  let same = 0;
  let different = 0;
  let added = 0;
  for (let index = 0; index < clusters.length; index += step) {
    const at = clusters[index] ?? 0;
    const mine = await top.read(at, size);
    const theirs = await readThrough(below, at, size);
    if (mine === undefined || theirs === undefined) return undefined;
    for (let offset = 0; offset < size; offset += sector) {
      const one = mine.subarray(offset, offset + sector);
      const other = theirs.subarray(offset, offset + sector);
      if (other.every((byte) => byte === 0)) added += one.every((byte) => byte === 0) ? 0 : 1;
      else if (one.equals(other)) same++;
      else different++;
    }
  }
  return { same, different, added };
}

/** What a guest would read: from the nearest level that has it, empty where none has. */
async function readThrough(
  levels: readonly Image[],
  at: number,
  length: number,
): Promise<Buffer | undefined> {
  const result = Buffer.alloc(length);
  // Levels may have smaller clusters than the overlay.
  const piece = Math.min(length, ...levels.map((level) => 2 ** (level.header?.clusterBits ?? 16)));
  for (let offset = 0; offset < length; offset += piece) {
    for (const level of levels) {
      const found = await level.piece(at + offset, piece);
      if (found === undefined) return undefined;
      if (found === 'below') continue;
      found.copy(result, offset);
      break;
    }
  }
  return result;
}

class Image {
  private readonly tables = new Map<number, Buffer>();
  /** The last cluster that was packed, of which several parts may be wanted. */
  private unpacked: { readonly entry: bigint; readonly data: Buffer } | undefined;

  private constructor(
    private readonly file: FileHandle,
    /** Undefined for a raw image. */
    readonly header: Qcow2Header | undefined,
  ) {}

  static async open(path: string): Promise<Image | undefined> {
    const file = await open(path, 'r').catch(() => undefined);
    if (file === undefined) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
    const start = buffer.subarray(0, bytesRead);
    const header = parseQcow2Header(start);
    // Of the features that must be known only "dirty" and "corrupt" leave the tables as they are.
    const strange =
      header === undefined ? start.toString('latin1', 0, 3) === 'QFI' : header.incompatible > 3n;
    if (!strange) return new Image(file, header);
    await file.close();
    return undefined;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Where the clusters lie, as the guest counts, that this image has itself. */
  async allocated(header: Qcow2Header): Promise<number[] | undefined> {
    const size = 2 ** header.clusterBits;
    const perTable = size / 8;
    const found: number[] = [];
    for (let table = 0; table < header.l1.entries; table++) {
      const l2 = await this.table(header, table);
      if (l2 === undefined) continue;
      for (let index = 0; index < perTable; index++) {
        const entry = l2.readBigUInt64BE(8 * index);
        if ((entry & compressed) !== 0n) found.push((table * perTable + index) * size);
        else if ((entry & offsetMask) !== 0n && (entry & 1n) === 0n)
          found.push((table * perTable + index) * size);
      }
    }
    return found;
  }

  async read(at: number, length: number): Promise<Buffer | undefined> {
    const found = await this.piece(at, length);
    return found === 'below' ? Buffer.alloc(length) : found;
  }

  /** A part of one cluster; `below` where another level has it, undefined where it cannot be read. */
  async piece(at: number, length: number): Promise<Buffer | 'below' | undefined> {
    const { header } = this;
    if (header === undefined) return this.bytes(at, length);
    if (at >= header.capacity) return Buffer.alloc(length);
    const size = 2 ** header.clusterBits;
    const cluster = Math.floor(at / size);
    const perTable = size / 8;
    const l2 = await this.table(header, Math.floor(cluster / perTable));
    if (l2 === undefined) return 'below';
    const entry = l2.readBigUInt64BE(8 * (cluster % perTable));
    if ((entry & compressed) !== 0n) return this.inflated(entry, header.clusterBits, at % size, length);
    if ((entry & 1n) === 1n && header.version >= 3) return Buffer.alloc(length);
    const offset = Number(entry & offsetMask);
    return offset === 0 ? 'below' : this.bytes(offset + (at % size), length);
  }

  /** A part of a cluster that is packed: its entry tells where it begins, and how many sectors it touches beyond the first. */
  private async inflated(
    entry: bigint,
    clusterBits: number,
    from: number,
    length: number,
  ): Promise<Buffer | undefined> {
    if (this.unpacked?.entry !== entry) {
      const split = BigInt(62 - (clusterBits - 8));
      const begin = Number(entry & ((1n << split) - 1n));
      const sectors = Number((entry & (compressed - 1n)) >> split) + 1;
      const packed = await this.bytes(begin, sectors * sector - (begin % sector));
      const data = unpack(packed, 2 ** clusterBits);
      if (data === undefined) return undefined;
      this.unpacked = { entry, data };
    }
    return this.unpacked.data.subarray(from, from + length);
  }

  private async table(header: Qcow2Header, index: number): Promise<Buffer | undefined> {
    const known = this.tables.get(index);
    if (known !== undefined) return known;
    if (index >= header.l1.entries) return undefined;
    const entry = (await this.bytes(header.l1.offset + 8 * index, 8)).readBigUInt64BE(0);
    const offset = Number(entry & offsetMask);
    if (offset === 0) return undefined;
    const table = await this.bytes(offset, 2 ** header.clusterBits);
    this.tables.set(index, table);
    return table;
  }

  private async bytes(at: number, length: number): Promise<Buffer> {
    const { buffer } = await this.file.read(Buffer.alloc(length), 0, length, at);
    return buffer;
  }
}

/** What follows the packed data belongs to other clusters. */
function unpack(packed: Buffer, length: number): Buffer | undefined {
  try {
    const data = inflateRawSync(packed, { maxOutputLength: length });
    return data.length === length ? data : undefined;
  } catch {
    return undefined;
  }
}
