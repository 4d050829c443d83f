import { posix } from 'node:path';

/**
 * The file that qemu's name of an image means: a path as it is, `file:PATH`, or a `json:{…}` description of a file;
 * undefined where it is no file of this host (a network disk).
 */
export function imageFile(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name.startsWith('json:')) return fileOf(parsed(name.slice('json:'.length)));
  const path = name.startsWith('file:') ? name.replace(/^file:(\/\/(?=\/))?/, '') : name;
  return path.startsWith('/') ? posix.normalize(path) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** qemu nests what it calls nodes: a format over a protocol, both with options either nested or joined by dots. */
function fileOf(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const options = node as Record<string, unknown>;
  const filename = options.filename ?? options['file.filename'];
  return typeof filename === 'string' ? imageFile(filename) : fileOf(options.file);
}
