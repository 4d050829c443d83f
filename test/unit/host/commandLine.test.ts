import assert from 'node:assert/strict';
import { option, quoteForVirsh, virsh } from '../../../src/host/commandLine';

describe('host/commandLine', () => {
  it('puts the connection before the command', () => {
    assert.deepEqual(virsh('qemu:///session', 'start', '--domain', 'a b'), {
      file: 'virsh',
      args: ['--connect', 'qemu:///session', 'start', '--domain', 'a b'],
    });
  });

  const words: readonly [string, string][] = [
    ['plain', `'plain'`],
    ['', `''`],
    ['two words', `'two words'`],
    [`it's`, `'it'\\''s'`],
    [`''`, `''\\'''\\'''`],
    ['a"b\\c', `'a"b\\c'`],
    ['$(x) ${y}; destroy all', `'$(x) \${y}; destroy all'`],
    ['new\nline', `'new\nline'`],
    ['é', `'é'`],
  ];
  for (const [word, quoted] of words) {
    it(`quotes ${JSON.stringify(word)} for virsh`, () => {
      assert.equal(quoteForVirsh(word), quoted);
    });
  }

  const options: readonly [string, string[]][] = [
    ['web', ['--name', 'web']],
    ['a b', ['--name', 'a b']],
    ['-rf', ['--name=-rf']],
    ['--name', ['--name=--name']],
    ['', ['--name', '']],
  ];
  for (const [value, args] of options) {
    it(`gives argparse the value ${JSON.stringify(value)}`, () => {
      assert.deepEqual(option('--name', value), args);
    });
  }
});
