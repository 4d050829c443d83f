import assert from 'node:assert/strict';
import { virtType } from '../../../src/host/capabilities';
import { defaultUri } from '../../../src/host/defaultUri';
import { CommandError } from '../../../src/host/errors';
import { batchConnection } from '../../support/batchConnection';
import { Host } from '../../../src/host/host';
import { makeRun, type Done, type ProgramPaths, type Run } from '../../../src/host/process';
import { noRun } from '../builders';
import { fakeVirsh } from '../fakeVirsh';

function hostOf(uri: string, run: Run): Host {
  return new Host(uri, run, batchConnection(run, uri));
}

const failure = new CommandError('notRunning', { file: 'virsh', args: [] }, 1, '');

describe('host/host', () => {
  it('shares one further reading among all who ask while one is under way', async () => {
    const { run, specs } = fakeVirsh(() => ({ stdout: '\n', stderr: '' }));
    const host = hostOf('qemu:///session', run);
    let told = 0;
    host.onDidChange(() => told++);
    const first = host.refresh();
    await Promise.resolve(); // it has begun
    await Promise.all([first, host.refresh(), host.refresh(), host.refresh()]);
    // An empty host is read in one process; what the second reading brings is no news.
    assert.deepEqual([specs.length, told], [2, 1]);
  });

  it('keeps its last good inventory when a reading fails', async () => {
    const { run: answer } = fakeVirsh(() => ({ stdout: '\n', stderr: '' }));
    let broken = false;
    const run: Run = (spec) => (broken ? Promise.reject(failure) : answer(spec));
    const host = hostOf('qemu:///session', run);
    const { inventory } = await host.refresh();
    broken = true;
    assert.deepEqual(await host.refresh(), { inventory, error: failure });
    await assert.rejects(host.inventory(), failure);
    broken = false;
    assert.equal((await host.refresh()).error, undefined);
  });

  it('tells nobody who stopped listening', async () => {
    const host = hostOf('qemu:///session', () => Promise.reject(failure));
    let told = 0;
    const stop = host.onDidChange(() => told++);
    stop();
    await host.refresh();
    assert.equal(told, 0);
  });

  for (const [uri, local] of [
    ['qemu:///system', true],
    ['qemu:///session', true],
    ['qemu+unix:///system?socket=/x', true],
    ['test:///default', true],
    ['qemu+ssh://user@host/system', false],
    ['qemu+libssh2://host/system', false],
    ['qemu+libssh://host/system', false],
    ['qemu+tls://host/system', false],
    ['qemu+tcp://host/system', false],
  ] as const) {
    it(`${uri} is ${local ? '' : 'not '}this machine`, () => {
      assert.equal(hostOf(uri, noRun).local, local);
    });
  }
});

describe('host/defaultUri', () => {
  const answers: Run = () => Promise.resolve({ stdout: '', stderr: '' });
  const refuses: Run = () => Promise.reject(failure);

  it('takes what the environment says, without asking', async () => {
    assert.equal(await defaultUri(noRun, { LIBVIRT_DEFAULT_URI: 'test:///default' }), 'test:///default');
  });

  it('takes the system’s libvirt if it answers, else the session', async () => {
    assert.equal(await defaultUri(answers, { LIBVIRT_DEFAULT_URI: '' }), 'qemu:///system');
    assert.equal(await defaultUri(refuses, {}), 'qemu:///session');
  });
});

describe('host/capabilities', () => {
  it('reads the hypervisor', async () => {
    const run =
      (stdout: string): Run =>
      () =>
        Promise.resolve({ stdout, stderr: '' });
    const kvm = '<domainCapabilities><path>/q</path><domain>kvm</domain></domainCapabilities>';
    assert.equal(await virtType(run(kvm), 'x'), 'kvm');
    assert.equal(await virtType(run('<domainCapabilities/>'), 'x'), 'qemu');
    assert.equal(await virtType(() => Promise.reject(failure), 'x'), 'qemu');
  });
});

describe('host/process', () => {
  const done: Done[] = [];
  // Any program may stand for virsh.
  const runWith = (program: string): Run => {
    const paths = { virsh: program } as ProgramPaths;
    return makeRun(
      () => paths,
      { PATH: process.env.PATH, LANG: 'es_ES.UTF-8', LANGUAGE: 'es' },
      (one) => done.push(one),
    );
  };
  beforeEach(() => (done.length = 0));

  it('gives arguments to the program byte for byte, in the C locale', async () => {
    const words = ['a b', `'"`, '$(id)', '${x}', '*', 'é\n', ''];
    const { stdout } = await runWith('sh')({
      file: 'virsh',
      args: ['-c', 'printf "%s\\0" "$LC_ALL$LANGUAGE" "$@"', 'sh', ...words],
    });
    assert.deepEqual(stdout.split('\0'), ['C.UTF-8', ...words, '']);
  });

  it('tells a failure with exit code and stderr, and logs it', async () => {
    const spec = { file: 'virsh', args: ['-c', 'echo "error: failed to get vol x" >&2; exit 3'] } as const;
    await assert.rejects(runWith('sh')(spec), (error) => {
      assert.ok(error instanceof CommandError);
      assert.deepEqual([error.kind, error.exitCode], ['gone', 3]);
      assert.equal(error.stderr, 'error: failed to get vol x\n');
      assert.match(error.message, /^failed to get vol x\. /);
      return true;
    });
    assert.deepEqual([done.length, done[0]?.exitCode, done[0]?.spec], [1, 3, spec]);
  });

  const kindOf = (kind: string) => (error: unknown) => error instanceof CommandError && error.kind === kind;

  it('tells a missing program, one that may not be run, a timeout and a cancellation apart', async () => {
    const sleep = { file: 'virsh', args: ['5'] } as const;
    await assert.rejects(runWith('/nowhere/virsh')(sleep), kindOf('notInstalled'));
    await assert.rejects(runWith('/etc/passwd')(sleep), kindOf('noPermission'));
    await assert.rejects(runWith('sleep')(sleep, { timeoutMs: 30 }), kindOf('timeout'));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(runWith('sleep')(sleep, { signal: abort.signal }), kindOf('cancelled'));
  });
});
