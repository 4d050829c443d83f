import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programs, tools } from '../../src/host/commandLine';
import type { ProgramPaths } from '../../src/host/process';
import { terminalExecute } from '../../src/run/terminal';

const recorder = path.resolve(__dirname, '../test/support/record-arguments.mjs');

/** All programs stand at this path. */
function everywhere(file: string): ProgramPaths {
  return Object.fromEntries([...programs, ...tools].map((program) => [program, file])) as ProgramPaths;
}

describe('a command in the terminal', () => {
  let dir: string;
  let file: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'llc-terminal-'));
    file = path.join(dir, 'arguments.json');
  });
  afterEach(() => rm(file, { force: true }));
  after(() => rm(dir, { recursive: true }));

  const execute = terminalExecute(() => everywhere(recorder), 'shown');

  it('gets its arguments byte for byte', async () => {
    const hostile = [
      'two words',
      `quotes ' " \``,
      '$(touch pwned) $HOME $X',
      '; rm -rf / | & < > # ! *',
      '-leading',
      '--all',
      'back\\slash\\',
      'año ⁂ 漢字 🐧',
      'a\nnew line',
      'x'.repeat(200),
      '%s %d',
      '{a,b}~[c]',
      '<clone template="503b5a1d"/>',
    ];
    assert.equal((await execute({ file: 'virsh', args: [file, ...hostile] }, 'hostile')).exitCode, 0);
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), hostile);
  });

  it('says its exit code', async () => {
    const failing = terminalExecute(() => everywhere('false'), 'quiet');
    assert.equal((await failing({ file: 'virsh', args: [] }, 'failing')).exitCode, 1);
  });

  it('ends when it is cancelled, and has no exit code that means anything', async () => {
    const controller = new AbortController();
    const running = execute({ file: 'virsh', args: [file, 'wait'] }, 'cancelled', controller.signal);
    let pid = 0;
    while (!(pid > 0)) {
      await sleep(50);
      pid = existsSync(file) ? Number(await readFile(file, 'utf8')) : 0;
    }
    controller.abort();
    assert.equal((await running).exitCode, undefined);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'nothing of it runs on');
  });

  it('does not wait for ever for a program that is not there', async () => {
    const missing = terminalExecute(() => everywhere(path.join(dir, 'missing')), 'quiet');
    assert.notEqual((await missing({ file: 'virsh', args: [] }, 'missing')).exitCode, 0);
  });
});
