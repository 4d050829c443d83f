import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sizesOfBelongings } from '../../../src/host/belongings';
import { domain, uri } from '../builders';

describe('host/belongings', () => {
  it('finds what UEFI variables and a TPM take on this machine, and nothing on another', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'belongings-'));
    try {
      const nvramFile = path.join(home, 'a_VARS.fd');
      const one = domain(1, 'a', [], { nvram: true, nvramFile, tpm: true });
      const state = path.join(home, 'libvirt/qemu/swtpm', one.uuid, 'tpm2');
      await mkdir(state, { recursive: true });
      await writeFile(nvramFile, Buffer.alloc(300_000, 1));
      await writeFile(path.join(state, 'tpm2-00.permall'), Buffer.alloc(6000, 1));
      const env = { XDG_CONFIG_HOME: home };
      const sizes = (await sizesOfBelongings(uri, [one], env)).get(one.uuid);
      assert.ok((sizes?.nvram ?? 0) >= 300_000, String(sizes?.nvram));
      assert.ok((sizes?.tpm ?? 0) >= 6000, String(sizes?.tpm));
      const gone = { ...one, nvramFile: `${nvramFile}.gone`, uuid: 'none' };
      const none = (await sizesOfBelongings(uri, [gone], env)).get('none');
      assert.deepEqual(none, { nvram: undefined, tpm: undefined });
      assert.equal((await sizesOfBelongings('qemu+ssh://far/session', [one], env)).size, 0);
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
