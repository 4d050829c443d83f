import assert from 'node:assert/strict';
import { extensions } from 'vscode';

describe('the extension', () => {
  it('is there and activates', async () => {
    const extension = extensions.getExtension('linked-clones.libvirt-linked-clones');
    assert.ok(extension, 'VS Code does not know it');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
