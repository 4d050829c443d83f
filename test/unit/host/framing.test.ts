import assert from 'node:assert/strict';
import { canBeTyped, Framing, type Frame } from '../../../src/host/framing';
import { couldNotConnect, lostConnection, startsOnDemand, withoutNotices } from '../../../src/host/stderr';
import { leastCpuTime } from '../../support/cpuTime';

describe('host/framing', () => {
  it('finds what a command printed, however it is cut into pieces', () => {
    const body = '<name>ñ😀 ]]> ~\\b \'"</name>\n';
    const size = Buffer.byteLength(printed(frame(), body));
    for (let length = 1; length <= size; length++) {
      const asked = frame();
      assert.equal(feed(asked, printed(asked, body), length), body, `pieces of ${length} bytes`);
    }
  });

  it('does not take the echo of a mark for the mark', () => {
    const asked = frame('dumpxml x');
    assert.equal(asked.push(Buffer.from(`virsh # ${asked.question}`)), undefined);
    assert.ok(asked.wasRead);
    assert.ok(!frame().wasRead);
  });

  it('is not fooled by marks of another session or another question', () => {
    const other = frame();
    const framing = new Framing();
    const [before, asked] = [framing.frame('a'), framing.frame('b')];
    const body = `${printed(other, 'other')}${printed(before, 'before')}\nvirsh # `;
    assert.equal(feed(asked, printed(asked, body), 7), body);
  });

  it('finds nothing of a command that was dropped with its line', () => {
    const asked = frame(`bogus 'x`);
    const [line = '', end = ''] = asked.question.split('\n');
    const text = `virsh # ${line}\nvirsh # ${end}\n${unescaped(end)}`;
    assert.equal(feed(asked, text, 5), '');
  });

  it('needs neither echo nor prompt', () => {
    for (const prompt of ['virsh # ', 'virsh > ', '']) {
      const asked = frame();
      const [line = '', end = ''] = asked.question.split('\n');
      const begin = unescaped(line.slice(0, line.indexOf(';')));
      assert.equal(feed(asked, `${prompt}${begin}<x/>\n${prompt}${unescaped(end)}`, 3), '<x/>\n');
    }
  });

  it('tells what each of several commands printed, also where one was dropped with its line', () => {
    const asked = new Framing().frame('a', `bogus 'x`, 'b', 'c');
    const [a = '', bogus = '', b = '', c = '', end = ''] = asked.question.split('\n');
    const mark = (line: string) => unescaped(line.slice(0, line.indexOf(';')));
    const prompt = 'virsh # ';
    for (const echo of [true, false]) {
      const said = (line: string, text: string) => `${prompt}${echo ? `${line}\n` : ''}${text}`;
      const text = [
        said(a, `${mark(a)}<a/>\n`),
        said(bogus, ''),
        said(b, `${mark(b)}\n`),
        said(c, `${mark(c)}${prompt}\n`),
        said(end, unescaped(end)),
      ].join('');
      for (const length of [1, 7, text.length]) {
        const again = new Framing().frame('a', `bogus 'x`, 'b', 'c');
        const own = text.replaceAll(idIn(asked), idIn(again));
        assert.deepEqual(feedAll(again, own, length), ['<a/>\n', '', '\n', `${prompt}\n`]);
      }
    }
  });

  it('reads 5 MB in small pieces in no time', () => {
    const body = '<volume/>\n'.repeat(500_000);
    const ms = leastCpuTime(() => {
      const asked = frame();
      assert.equal(feed(asked, printed(asked, body), 256)?.length, body.length);
    });
    assert.ok(ms < 1500, `${ms} ms`);
  });

  it('types no control characters, which are keys', () => {
    for (const key of ['\t', '\r', '\n', '\x1b', '\x7f', '\0', '\x01', '\x85'])
      assert.ok(!canBeTyped(`dumpxml 'a${key}b'`), JSON.stringify(key));
    assert.ok(canBeTyped(`vol-dumpxml --vol '/p/ñ 😀 \u2028 ~\\b "$(x)" !! ^a^b'`));
  });
});

describe('host/stderr', () => {
  const gone = 'error: Disconnected from qemu:///session due to end of file\n';
  const socket = `error: Failed to connect socket to '/run/libvirt/libvirt-sock': Connection refused\n`;

  it('tells notices from failures', () => {
    const failure = `error: failed to get domain 'x'\n`;
    const history = `error: Failed to create '/dev/null/libvirt/virsh': Not a directory\n`;
    assert.equal(
      withoutNotices(`${gone}error: Reconnected to the hypervisor\n${failure}${history}`),
      failure,
    );
  });

  it('knows a command that could not even be begun', () => {
    assert.ok(couldNotConnect(`error: failed to connect to the hypervisor\n${socket}`));
    assert.ok(couldNotConnect(`${gone}error: Failed to reconnect to the hypervisor\n${socket}`));
    const name = 'error: Failed to reconnect to the hypervisor';
    assert.ok(!couldNotConnect(`error: failed to get vol 'a\n${name}\n'\n`));
    assert.ok(!couldNotConnect(''));
  });

  it('knows an answer that was cut off', () => {
    assert.ok(
      lostConnection(
        `${gone}error: Failed to list domains\nerror: Cannot recv data: Connection reset by peer\n`,
      ),
    );
    assert.ok(!lostConnection(`error: Reconnected to the hypervisor\n`));
    assert.ok(!lostConnection(`error: failed to get domain 'Disconnected from '\n`));
  });

  it('knows the daemons that a client starts', () => {
    for (const uri of ['qemu:///session', 'qemu+unix:///session', 'qemu:///session?socket=/x'])
      assert.ok(startsOnDemand(uri), uri);
    for (const uri of ['qemu:///system', 'qemu+ssh://host/session', 'test:///default', 'qemu://host/session'])
      assert.ok(!startsOnDemand(uri), uri);
  });
});

function frame(command = 'list'): Frame {
  return new Framing().frame(command);
}

/** What virsh prints for a question: prompts, the echo of what was typed, the marks, and the body between them. */
function printed(asked: Frame, body: string): string {
  const [line = '', end = ''] = asked.question.split('\n');
  const begin = unescaped(line.slice(0, line.indexOf(';')));
  return `virsh # ${line}\n${begin}${body}virsh # ${end}\n${unescaped(end)}virsh # `;
}

/** What virsh makes of `echo WORD`. */
function unescaped(line: string): string {
  return line.slice('echo '.length).replaceAll('\\', '');
}

/** The random part and the number in the marks of a question. */
function idIn(asked: Frame): string {
  return /~\\b([^.]+)\./.exec(asked.question)?.[1] ?? '';
}

function feed(asked: Frame, text: string, length: number): string | undefined {
  return feedAll(asked, text, length)?.[0];
}

function feedAll(asked: Frame, text: string, length: number): string[] | undefined {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) {
    const body = asked.push(bytes.subarray(at, at + length));
    if (body !== undefined) return body;
  }
  return undefined;
}
