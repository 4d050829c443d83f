import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { commandText, quoteForShell, toScript } from '../../../src/plan/script';
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
        `test ! -e '/p/a b'`,
        `qemu-img create '/p/a b'`,
        '',
        '# Then',
        'virsh pool-refresh',
        '',
      ].join('\n'),
    );
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
    const script = toScript(plan([{ title: 'Say', spec, fresh: '/nowhere/at all' }]));
    assert.deepEqual(shell(`virsh() { printf '%s\\0' "$@"; }\n${script}`), spec.args);
  });
});
