import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CommandSpec } from '../../../src/host/commandLine';
import type { Plan, Step } from '../../../src/plan/plan';
import { commandLines, commandNames, commandText, quoteForShell, toScript } from '../../../src/plan/script';
import { plan } from './plans';

const words = [
  'plain',
  '',
  ' ',
  'two words',
  `it's`,
  `'`,
  `''''`,
  '"',
  '\\',
  '\\\\',
  "\\'",
  '$(touch /tmp/never)',
  '${HOME}',
  '$HOME',
  '`id`',
  'a;b|c&d>e<f',
  '*',
  '?',
  '[a]',
  '{a,b}',
  '~',
  '~root',
  '!',
  '!!',
  '#not a comment',
  '-n',
  '--',
  '%s',
  'a=b',
  'é ñ 日本 😀',
  'new\nline\n',
  '\ttab',
  '\x07',
];

function shell(script: string): string[] {
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('plan/script', () => {
  for (const word of words) {
    it(`a shell reads ${JSON.stringify(word)} as it was`, () => {
      assert.deepEqual(shell(`printf '%s\\0' ${quoteForShell(word)}`), [word]);
    });
  }

  it('a shell reads many words as they were', () => {
    assert.deepEqual(shell(`printf '%s\\0' ${words.map(quoteForShell).join(' ')}`), words);
  });

  it('leaves plain words without quotes', () => {
    assert.equal(quoteForShell('/p/web-1_a.qcow2'), '/p/web-1_a.qcow2');
    assert.equal(
      commandText({ file: 'virsh', args: ['--connect', 'qemu:///session', 'start', '--domain', 'a b'] }),
      `virsh --connect qemu:///session start --domain 'a b'`,
    );
  });

  it('writes a script that stops at the first error and never overwrites', () => {
    const spec = { file: 'qemu-img', args: ['create', '/p/a b'] } as const;
    const script = toScript(
      plan([
        { title: 'Make', spec, fresh: '/p/a b' },
        { title: 'Then', spec: { file: 'virsh', args: ['pool-refresh'] } },
      ]),
    );
    assert.equal(
      script,
      [
        '#!/bin/sh',
        '# A plan',
        'set -eu',
        '',
        '# Make',
        `(set -C && : > '/p/a b')`,
        `qemu-img create '/p/a b'`,
        '',
        '# Then',
        'virsh pool-refresh',
        '',
      ].join('\n'),
    );
  });

  it('names the programs where they are', () => {
    const spec = { file: 'virsh', args: ['list'] } as const;
    const script = toScript(plan([{ title: 'List', spec }]), { virsh: '/opt/my virsh', rm: 'rm' });
    assert.match(script, /^'\/opt\/my virsh' list$/m);
  });

  describe('of several machines', () => {
    const say = (word: string, rest: Partial<Step> = {}): Step => ({
      title: word,
      spec: { file: 'virsh', args: [word] },
      ...rest,
    });
    const undo = { kind: 'endPool', name: 'p', uuid: 'u' } as const;
    const around = plan([
      say('pool', { undo }),
      ...['a', 'b'].flatMap((part) => [say(`${part}1`, { part }), say(`${part}2`, { part })]),
      say('end', { verify: { kind: 'noPool', uuid: 'u' } }),
    ]);
    /** What runs, and how the script ends, where the machine of this name cannot be begun. */
    const ran = (whole: Plan, failing = '') => {
      const virsh = `virsh() { [ "$1" != '${failing}' ] && echo "$1"; }`;
      const { stdout, status } = spawnSync('sh', ['-c', `${virsh}\n${toScript(whole)}`], {
        encoding: 'utf8',
      });
      return [...stdout.trim().split('\n'), status];
    };

    it('makes the others where one fails, says so, and ends the pool', () => {
      assert.deepEqual(ran(around), ['pool', 'a1', 'a2', 'b1', 'b2', 'end', 0]);
      assert.deepEqual(ran(around, 'a1'), ['pool', 'b1', 'b2', 'end', 1]);
    });

    it('stops at the first that fails where the plan does, and ends the pool', () => {
      const stopping = { ...around, stopAtFirst: true };
      assert.deepEqual(ran(stopping), ['pool', 'a1', 'a2', 'b1', 'b2', 'end', 0]);
      assert.deepEqual(ran(stopping, 'a2'), ['pool', 'a1', 'end', 1]);
    });
  });

  it('keeps titles from becoming commands', () => {
    const spec = { file: 'virsh', args: [] } as const;
    const script = toScript({ ...plan([{ title: 'One\nreboot', spec }]), title: 'a\r\nreboot' });
    assert.deepEqual(
      script.split(/[\r\n]+/).filter((line) => line.startsWith('reboot')),
      [],
    );
  });

  it('runs as a script', () => {
    const spec = { file: 'virsh', args: [`it's`, '$(id)', 'a\nb'] } as const;
    const fresh = path.join(mkdtempSync(path.join(tmpdir(), 'script-')), 'at all');
    const script = toScript(plan([{ title: 'Say', spec, fresh }]));
    assert.deepEqual(shell(`virsh() { printf '%s\\0' "$@"; }\n${script}`), spec.args);
    assert.throws(() => shell(script), /cannot create|exists/, 'what is there now is not overwritten');
  });

  it('gives a command what it reads, whatever stands in it', () => {
    const input = `<a>$(id) \`id\` \\ 'x'\nXML\n</a>\n`;
    const spec = { file: 'virsh', args: ['define', '--file', '/dev/stdin'], input } as const;
    const script = toScript(plan([{ title: 'Read', spec }]));
    assert.equal(shell(`virsh() { cat "$3"; printf '\\0'; }\n${script}`)[0], input);
  });
});

describe('plan/script: rows', () => {
  it('breaks a long command before its options, and leaves no option without its value', () => {
    const args = ['--connect', 'qemu:///session', 'vol-create', '--pool', 'a b', '--file', '/dev/stdin'];
    assert.deepEqual(commandLines({ file: 'virsh', args }, 30), [
      'virsh',
      '--connect qemu:///session',
      `vol-create --pool 'a b'`,
      '--file /dev/stdin',
    ]);
  });
});

describe('plan/script: the names of commands', () => {
  it('names each once, and virsh by what it is asked to do', () => {
    const step = (file: CommandSpec['file'], ...args: string[]) => ({ spec: { file, args } });
    const steps = [
      step('virsh', '--connect', 'qemu:///session', 'vol-create', '--pool', 'p'),
      step('virsh', 'pool-refresh', 'p'),
      step('virt-clone', '--connect', 'qemu:///session'),
      step('virsh', '--connect', 'qemu:///session', 'vol-create', '--pool', 'q'),
    ];
    assert.deepEqual(commandNames(steps), ['vol-create', 'pool-refresh', 'virt-clone']);
  });
});
