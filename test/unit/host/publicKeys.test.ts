import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publicKeysIn } from '../../../src/host/publicKeys';

describe('host/publicKeys', () => {
  it('are the .pub files that hold one, without certificates; none where there is no directory', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'keys-'));
    try {
      const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE ana@casa';
      await writeFile(path.join(directory, 'id_ed25519.pub'), `${line}\n`);
      await writeFile(path.join(directory, 'id_ed25519'), 'a secret');
      await writeFile(path.join(directory, 'notes.pub'), 'not a key\n');
      await writeFile(
        path.join(directory, 'id-cert.pub'),
        'ssh-ed25519-cert-v01@openssh.com AAAAC3NzaC1lZDI1NTE5AAAAIE ana@casa\n',
      );
      assert.deepEqual(await publicKeysIn(directory), [{ name: 'id_ed25519.pub', line }]);
      assert.deepEqual(await publicKeysIn(path.join(directory, 'nowhere')), []);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
