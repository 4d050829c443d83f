import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Refusal, type Step } from '../../../src/plan/plan';
import { preflight } from '../../../src/run/preflight';
import { plan } from '../plan/plans';

describe('run/preflight', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'preflight-'));
  });
  afterEach(() => {
    chmodSync(dir, 0o700);
    rmSync(dir, { recursive: true });
  });

  const making = (file: string): Step => ({
    title: 'Make',
    spec: { file: 'virsh', args: [] },
    undo: { kind: 'deleteVolume', pool: 'p', path: file, backing: '/base' },
  });

  it('lets a plan pass whose places are free', async () => {
    await preflight(plan([making(path.join(dir, 'a'))]), true);
  });

  it('sees what no pool shows: a link to nowhere', async () => {
    const link = path.join(dir, 'a');
    symlinkSync('/nowhere/at/all', link);
    await assert.rejects(preflight(plan([making(link)]), true), Refusal);
    await preflight(plan([making(link)]), false); // the files of another host are not here
  });

  it('refuses a directory that its user cannot write to', async function () {
    if (process.geteuid?.() === 0) this.skip(); // whom no permission binds; npm test runs as another user
    chmodSync(dir, 0o500);
    await assert.rejects(preflight(plan([making(path.join(dir, 'a'))]), true), /Nothing can be written/);
  });

  it('does not take a directory for full of files that it cannot look into', async () => {
    await preflight({ ...plan([making('/proc/1/root/nothing/a')]), uri: 'qemu:///system' }, true);
  });
});
