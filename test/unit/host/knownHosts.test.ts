import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findKnownHosts } from '../../../src/host/knownHosts';
import { parseLibvirtConf } from '../../../src/host/libvirtConf';
import { parseSshConfig } from '../../../src/host/sshConfig';

const hostile = [
  '',
  '\0\0\0',
  '"',
  '"""',
  "'",
  '=',
  '= = =',
  '[[[[',
  ']',
  'uri_aliases',
  'uri_aliases =',
  'uri_aliases = [',
  'uri_aliases = [ "x',
  'uri_default = [',
  'uri_default = 12',
  'Host',
  'Host "',
  'Host =',
  'Include',
  'Include "" ~ ~x',
  '__proto__ = "x"',
  '\uFFFD\u2028Host x',
  '#'.repeat(100_000),
  '"'.repeat(100_001),
  'Host '.repeat(50_000),
  `uri_aliases = [${'"a=b",'.repeat(50_000)}]`,
];

describe('host/libvirtConf', () => {
  it('reads the default and the aliases, as libvirt’s own example has them', () => {
    const text = `# comment "uri_default" = "no:///"
      uri_aliases = [
        "hail=qemu+ssh://root@hail.cloud.example.com/system", # the "first"
        'sleet=qemu+ssh://root@sleet.cloud.example.com/system',
        """three=test:///default"""
      ]
      #uri_default = "commented:///out"
      uri_default = "qemu:///system"`;
    assert.deepEqual(parseLibvirtConf(text), {
      defaultUri: 'qemu:///system',
      aliases: [
        { name: 'hail', uri: 'qemu+ssh://root@hail.cloud.example.com/system' },
        { name: 'sleet', uri: 'qemu+ssh://root@sleet.cloud.example.com/system' },
        { name: 'three', uri: 'test:///default' },
      ],
    });
  });

  it('keeps what stands in quotes: a URI may hold "#", "=" and ","', () => {
    const { aliases } = parseLibvirtConf('uri_aliases = ["a=qemu+ssh://h/system?x=#,y", "no uri", "b c=d"]');
    assert.deepEqual(aliases, [{ name: 'a', uri: 'qemu+ssh://h/system?x=#,y' }]);
  });

  it('takes any text', () => {
    for (const text of hostile) parseLibvirtConf(text);
  });
});

describe('host/sshConfig', () => {
  it('finds hosts that are no patterns, in all spellings', () => {
    const text = `# Host commented
      Host one two "three" # four
        HostName 192.0.2.1
      HOST=five
      host = six.example.org
      Host *.example.org !seven eight? * -oX a@b $(x)
      Match host nine
      HostName ten\r
      Hostile eleven
      Host one`;
    assert.deepEqual(parseSshConfig(text).hosts, ['one', 'two', 'three', 'five', 'six.example.org']);
  });

  it('finds included files', () => {
    const text = 'Include a "b c" ~/d/*\n  include=/etc/e # f';
    assert.deepEqual(parseSshConfig(text).includes, ['a', 'b c', '~/d/*', '/etc/e']);
  });

  it('takes any text', () => {
    for (const text of hostile) parseSshConfig(text);
  });
});

describe('host/knownHosts', () => {
  let home: string;
  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(path.join(home, file)), { recursive: true });
    await writeFile(path.join(home, file), text);
  };
  const find = (env: NodeJS.ProcessEnv = {}) => findKnownHosts({ home, env, etc: path.join(home, 'etc') });

  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'llc-known-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  it('offers the local ones where nothing is configured', async () => {
    assert.deepEqual(
      (await find()).map(({ uri, source }) => [uri, source]),
      [
        ['qemu:///system', 'local'],
        ['qemu:///session', 'local'],
      ],
    );
  });

  it('takes an empty XDG_CONFIG_HOME for none', async () => {
    await write('.config/libvirt/libvirt.conf', 'uri_default = "test:///default"');
    const [first] = await find({ XDG_CONFIG_HOME: '' });
    assert.equal(first?.uri, 'test:///default');
  });

  it('reads the user’s libvirt.conf, then the system’s, then ssh’s hosts; each URI once', async () => {
    await write('c/libvirt/libvirt.conf', 'uri_aliases = ["web=qemu+ssh://web/system", "bad=not a uri"]');
    await write('etc/libvirt.conf', 'uri_default = "qemu:///system"\nuri_aliases = ["x=test:///default"]');
    await write('.ssh/config', 'Host web db\nHost fe80::1');
    const found = await find({ XDG_CONFIG_HOME: path.join(home, 'c') });
    assert.deepEqual(
      found.map(({ uri, source, name }) => [uri, source, name]),
      [
        ['qemu+ssh://web/system', 'alias', 'web'],
        ['qemu:///system', 'default', 'qemu:///system'],
        ['test:///default', 'alias', 'x'],
        ['qemu:///session', 'local', 'qemu:///session'],
        ['qemu+ssh://db/system', 'ssh', 'db'],
        ['qemu+ssh://[fe80::1]/system', 'ssh', 'fe80::1'],
      ],
    );
  });

  it('follows includes by wildcards, relative to ~/.ssh, and never in circles', async () => {
    await write('.ssh/config', 'Include conf.d/*.conf ~/more missing/* conf.d\nHost last\nInclude config');
    await write('.ssh/conf.d/b.conf', 'Host b\nInclude ../config');
    await write('.ssh/conf.d/a.conf', 'Host a');
    await write('.ssh/conf.d/.hidden.conf', 'Host hidden');
    await write('.ssh/conf.d/note.txt', 'Host note');
    await write('more', 'Host more');
    const names = (await find()).filter(({ source }) => source === 'ssh').map(({ name }) => name);
    assert.deepEqual(names, ['last', 'a', 'b', 'more']);
  });

  it('takes any content', async () => {
    for (const text of hostile) {
      await write('.ssh/config', text);
      await write('etc/libvirt.conf', text);
      assert.ok((await find()).length >= 2);
    }
  });
});
