import assert from 'node:assert/strict';
import { runBatch } from '../../../src/host/batch';
import { CommandError } from '../../../src/host/errors';
import type { Run } from '../../../src/host/process';
import { uri } from '../builders';
import { batchOf, versions } from '../captures';
import { fakeVirsh, readScript } from '../fakeVirsh';

const failure = { stdout: '\n', stderr: `error: failed to get domain 'x'\n` };

describe('host/batch', () => {
  it('starts nothing for no commands', async () => {
    const { run, specs } = fakeVirsh(() => failure);
    assert.deepEqual(await runBatch(run, uri, []), []);
    assert.equal(specs.length, 0);
  });

  it('gives each command its own output and errors', async () => {
    const { run, specs } = fakeVirsh((command) =>
      command === 'bad' ? failure : { stdout: `<${command}/>\n`, stderr: '' },
    );
    const replies = await runBatch(run, uri, ['one', 'bad', 'two']);
    assert.deepEqual(
      replies.map(({ stdout, stderr }) => [stdout.trim(), stderr]),
      [
        ['<one/>', ''],
        ['', failure.stderr],
        ['<two/>', ''],
      ],
    );
    assert.equal(specs.length, 1);
    assert.deepEqual(specs[0]?.args.slice(0, 2), ['--connect', uri]);
    assert.equal(specs[0].file, 'virsh');
  });

  for (const version of versions) {
    it(`reads the framing of virsh ${version}`, async () => {
      const { commands, stdout, stderr } = batchOf(version, 'batch.json');
      const run: Run = ({ args }) => {
        const { marker, commands: asked } = readScript(args[2] ?? '');
        assert.deepEqual(asked, commands);
        const put = (text: string) => text.replaceAll('@@MARKER', marker);
        return Promise.resolve({ stdout: put(stdout), stderr: put(stderr) });
      };
      const [names, domain, volume, echoed, pools] = await runBatch(run, uri, commands);
      assert.ok(names?.stdout.startsWith('paused\n') === true && names.stderr === '');
      assert.deepEqual(
        [domain?.stdout.trim(), domain?.stderr],
        ['', `error: failed to get domain 'nobody-knows'\n`],
      );
      assert.equal(volume?.stdout.trim(), '');
      assert.match(volume.stderr, /Storage volume not found: .*'\/nowhere'\n$/);
      assert.equal(echoed?.stdout.trim(), `it's "q" & <é>   three  $(x) \${y}.qcow2`);
      assert.deepEqual([echoed.stderr, pools?.stderr], ['', '']);
      assert.match(pools?.stdout ?? '', /default/);
    });

    it(`fails as a whole where virsh ${version} does not know a command`, async () => {
      const { stdout, stderr } = batchOf(version, 'batch-unknown-command.json');
      const run: Run = () => Promise.resolve({ stdout, stderr });
      await assert.rejects(runBatch(run, uri, ['list --name', 'no-such-command']), (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.message, /unknown command: 'no-such-command'/);
        return true;
      });
    });
  }

  it('is not fooled by output that looks like a marker', async () => {
    const { run } = fakeVirsh((command) => ({
      stdout: `@@${command}\n@@00000000-0000-0000-0000-000000000000\n`,
      stderr: '',
    }));
    const replies = await runBatch(run, uri, ['a', 'b']);
    assert.deepEqual(
      replies.map(({ stdout }) => stdout.trim().split('\n')[0]),
      ['@@a', '@@b'],
    );
  });

  it('uses another marker in each process', async () => {
    const { run, specs } = fakeVirsh(() => ({ stdout: 'x\n', stderr: '' }));
    await runBatch(run, uri, ['a']);
    await runBatch(run, uri, ['a']);
    const markers = specs.map(({ args }) => readScript(args[2] ?? '').marker);
    assert.notEqual(markers[0], markers[1]);
  });

  it('fails where a reply is missing, and says what virsh said', async () => {
    const run: Run = ({ args }) => {
      const { marker } = readScript(args[2] ?? '');
      return Promise.resolve({
        stdout: `one\n${marker}\n\ntwo, and then the connection is lost`,
        stderr: `error: ${marker}\nerror: Cannot recv data: Connection reset by peer\n`,
      });
    };
    await assert.rejects(runBatch(run, uri, ['one', 'two']), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.kind, 'unreachable');
      return true;
    });
  });

  it('passes on the error of a host that cannot be reached', async () => {
    const error = new CommandError('notRunning', { file: 'virsh', args: [] }, 1, 'error: no');
    await assert.rejects(
      runBatch(() => Promise.reject(error), uri, ['one']),
      error,
    );
  });

  it('splits many commands into small processes, few at a time, and keeps their order', async () => {
    const commands = Array.from({ length: 1200 }, (_, index) => `dumpxml --domain ${index}`);
    const { run: answer, specs } = fakeVirsh((command) => ({ stdout: `${command}\n`, stderr: '' }));
    let running = 0;
    let most = 0;
    const run: Run = async (spec, options) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      running--;
      return answer(spec, options);
    };
    const replies = await runBatch(run, uri, commands);
    assert.deepEqual(
      replies.map(({ stdout }) => stdout.trim()),
      commands,
    );
    assert.ok(specs.length > 3 && specs.length < 20, `${specs.length} processes`);
    assert.ok(most > 1 && most <= 3, `${most} at a time`);
  });

  it('keeps every argument far below what Linux allows', async () => {
    const commands = Array.from({ length: 100 }, (_, index) => `echo '${'é'.repeat(2000)}${index}'`);
    const { run, specs } = fakeVirsh(() => ({ stdout: 'x\n', stderr: '' }));
    assert.equal((await runBatch(run, uri, commands)).length, 100);
    for (const { args } of specs) assert.ok(Buffer.byteLength(args[2] ?? '') < 100_000);
  });

  it('sends a command alone that is longer than a whole batch', async () => {
    const { run, specs } = fakeVirsh((command) => ({ stdout: `${command.length}\n`, stderr: '' }));
    const long = `echo ${'x'.repeat(30_000)}`;
    const replies = await runBatch(run, uri, ['a', long, 'b']);
    assert.deepEqual(
      replies.map(({ stdout }) => stdout.trim()),
      ['1', '30005', '1'],
    );
    assert.equal(specs.length, 3);
  });

  it('hands the signal on', async () => {
    const { signal } = new AbortController();
    const { run: answer } = fakeVirsh(() => ({ stdout: 'x\n', stderr: '' }));
    const seen: unknown[] = [];
    await runBatch((spec, options) => (seen.push(options?.signal), answer(spec)), uri, ['a'], { signal });
    assert.deepEqual(seen, [signal]);
  });
});
