import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';

describe('the package', () => {
  it('is small, whatever pictures the README has', async () => {
    const { size } = await stat('dist/libvirt-linked-clones.vsix');
    assert.ok(size < 500_000, `${size} bytes`);
  });
});
