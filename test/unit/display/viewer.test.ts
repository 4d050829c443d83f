import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findViewer, viewerArguments } from '../../../src/display/viewer';

describe('display: virt-viewer', () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'viewer-'));
    writeFileSync(path.join(dir, 'virt-viewer'), '', { mode: 0o755 });
  });

  after(() => rmSync(dir, { recursive: true }));

  it('is found where it is installed and there is a desktop for it', () => {
    const file = path.join(dir, 'virt-viewer');
    assert.equal(findViewer({ PATH: `/nowhere:${dir}`, DISPLAY: ':0' }), file);
    assert.equal(findViewer({ PATH: dir, WAYLAND_DISPLAY: 'wayland-0' }), file);
    assert.equal(findViewer({ PATH: dir, DISPLAY: '' }), undefined);
    assert.equal(findViewer({ PATH: '/nowhere', DISPLAY: ':0' }), undefined);
  });

  it('is told the machine by its UUID, and to let libvirt hand out what listens nowhere', () => {
    const uri = 'qemu+ssh://me@far/system';
    assert.deepEqual(viewerArguments(uri, 'u-u', 'foreign'), ['--connect', uri, '--reconnect', '--', 'u-u']);
    assert.ok(viewerArguments(uri, 'u-u', 'unlistened').includes('--attach'));
  });
});
