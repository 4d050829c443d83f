import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A public key of this user's. */
export interface PublicKey {
  /** The name of its file. */
  readonly name: string;
  /** Its line, as in `authorized_keys`. */
  readonly line: string;
}

/** The public keys in a directory such as `~/.ssh`; none where there is no such directory. */
export async function publicKeysIn(directory: string): Promise<PublicKey[]> {
  const names = await readdir(directory).catch(() => []);
  const keys = names
    .filter((name) => name.endsWith('.pub'))
    .sort()
    .map(async (name) => ({
      name,
      line: await publicKeyIn(path.join(directory, name)),
    }));
  // Certificates are `.pub` files as well, and no keys that a guest could be given.
  return (await Promise.all(keys)).filter(({ line }) => isPublicKey(line) && !line.includes('-cert-v01@'));
}

/** What a file of a public key holds; empty where it cannot be read. */
export async function publicKeyIn(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

/** Whether a text is one public key in OpenSSH's form. */
export function isPublicKey(line: string): boolean {
  return /^(ssh-|ecdsa-|sk-)[\w@.-]+ [A-Za-z0-9+/]+=*( [^\r\n]*)?$/.test(line);
}
