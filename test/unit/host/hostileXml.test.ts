import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDomain } from '../../../src/host/domain';
import { Framing } from '../../../src/host/framing';
import { Host } from '../../../src/host/host';
import { parsePool } from '../../../src/host/pool';
import { parseVolume } from '../../../src/host/volume';
import { parseXml, type XmlElement } from '../../../src/host/xml';
import { batchConnection } from '../../support/batchConnection';
import { leastCpuTime } from '../../support/cpuTime';
import { uri, uuid } from '../builders';
import { capture } from '../captures';
import { fakeVirsh, type FakeReply } from '../fakeVirsh';

interface Tree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements, and text as it is written and as it is meant. */
  readonly content: readonly (Tree | { readonly written: string; readonly meant: string })[];
}

// What XML 1.0 allows in a document.
const character = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 3 }),
    fc.constantFrom('&', '<', '>', '"', "'", ']]>', '\t', ' ', '~b'),
  )
  .map((text) => text.replace(/[^\t\u0020-\ud7ff\ue000-\ufffd]/gu, ''));
const text = fc.array(character, { maxLength: 8 }).map((parts) => parts.join(''));
const name = fc.stringMatching(/^[a-zA-Z_][\w.-]{0,8}(:[a-zA-Z]\w{0,4})?$/);

const written = text.chain((meant) =>
  fc
    .constantFrom(
      escape(meant),
      meant.replace(/[&<>"']/g, (mark) => `&#x${mark.charCodeAt(0).toString(16)};`),
      meant.includes(']]>') ? escape(meant) : `<![CDATA[${meant}]]>`,
      `<!-- ${meant.replaceAll('-', '')} -->${escape(meant)}<?pi ${meant.replaceAll('?', '')}?>`,
    )
    .map((form) => ({ written: form, meant })),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name,
    attributes: fc.dictionary(name, text, { maxKeys: 3 }),
    content: fc.array(fc.oneof({ depthSize: 'small' }, written, tie('tree')), { maxLength: 4 }),
  }),
}));

function escape(meant: string): string {
  return meant.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

function write({ name: tag, attributes, content }: Tree): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `\n${key} = "${escape(value)}"`);
  if (content.length === 0) return `<${tag}${pairs.join('')} />`;
  const inner = content.map((part) => ('written' in part ? part.written : write(part)));
  return `<${tag}${pairs.join('')}>${inner.join('')}</${tag} >`;
}

function meaning({ name: tag, attributes, content }: Tree): unknown {
  return [
    tag,
    { ...attributes },
    content.map((part) => ('meant' in part ? part.meant : '')).join(''),
    content.flatMap((part) => ('written' in part ? [] : [meaning(part)])),
  ];
}

function read(element: XmlElement): unknown {
  return [element.name, { ...element.attributes }, element.text, element.children.map(read)];
}

describe('hostile XML', function () {
  this.timeout(20_000);

  it('is read as it is meant, however it is written', () => {
    fc.assert(
      fc.property(tree, (document) => {
        const prolog = '<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x "y">]>\n<!-- <no/> -->';
        assert.deepEqual(read(parseXml(`${prolog}${write(document)}\n<!-- end -->`)), meaning(document));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused where it is cut off, at any place', () => {
    fc.assert(
      fc.property(tree, fc.double({ min: 0, max: 0.999, noNaN: true }), (document, share) => {
        const whole = write(document);
        assert.throws(() => parseXml(whole.slice(0, Math.floor(share * whole.length))), Error);
      }),
      { numRuns: 500 },
    );
  });

  const status = { state: 'shutoff', persistent: true } as const;
  const parsers = [parseXml, parseVolume, parsePool, (xml: string) => parseDomain(xml, status)];

  it('never does more to a parser than make it refuse, whatever it is', () => {
    const plain = capture('9.0.0', 'domain/plantilla.xml');
    const broken = fc
      .tuple(
        fc.nat(plain.length),
        fc.nat(40),
        fc.oneof(text, fc.constantFrom('<', '</', '<!--', '<![CDATA[', '&#x110000;')),
      )
      .map(([at, length, instead]) => plain.slice(0, at) + instead + plain.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: 'binary' }), tree.map(write)), (xml) => {
        for (const parse of parsers) {
          try {
            parse(xml);
          } catch (error) {
            assert.ok(
              error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError),
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never loses or doubles what a list names, whatever comes in place of its definition', async () => {
    const definition = fc.oneof(
      fc.constantFrom('right', 'right', 'nothing', 'another', 'nameless'),
      fc.constantFrom('<x/>', '<domain/>', '<pool/>', '<volume/>', '<domainsnapshot/>'),
      tree.map(write),
      fc.string({ unit: 'binary' }),
    );
    const ids = Array.from({ length: 3 }, (_, index) => uuid(index));
    const pathOf = (index: number) => `/pool/v${index}`;
    const [first = ''] = ids;
    await fc.assert(
      fc.asyncProperty(fc.array(definition, { minLength: 9, maxLength: 9 }), async (chosen) => {
        const answer = (kind: 'domain' | 'pool' | 'volume', index: number): FakeReply => {
          const which = chosen[index + ['domain', 'pool', 'volume'].indexOf(kind) * ids.length] ?? '';
          const at = which === 'another' ? index + 1 : index;
          const id = kind === 'volume' ? '' : `<uuid>${uuid(at)}</uuid>`;
          const called = which === 'nameless' ? '' : `<name>${kind[0]}${at}</name>`;
          const target = `<target><path>${kind === 'pool' ? '/pool' : pathOf(at)}</path></target>`;
          const whole = `<${kind}>${called}${id}${target}</${kind}>`;
          if (which === 'nothing') return { stdout: '', stderr: 'error: because\n' };
          const words: readonly string[] = ['right', 'another', 'nameless'];
          return { stdout: words.includes(which) ? whole : which, stderr: '' };
        };
        const lists: Readonly<Record<string, string>> = {
          'list --all --uuid --name': ids.map((id, index) => `${id} d${index}\n`).join(''),
          'pool-list --all --uuid --name': ids.map((id, index) => `${id} p${index}\n`).join(''),
          'pool-list --uuid': `${first}\n`,
          [`vol-list --pool ${first}`]: ids.map((_, index) => ` v${index}   ${pathOf(index)}\n`).join(''),
        };
        const { run } = fakeVirsh((command) => {
          const [, id] = /^(?:pool-)?dumpxml (?:--inactive )?--(?:domain|pool) (\S+)$/.exec(command) ?? [];
          if (id !== undefined)
            return answer(command.startsWith('pool') ? 'pool' : 'domain', ids.indexOf(id));
          const volume = /^vol-dumpxml --vol '\/pool\/v(\d)'$/.exec(command)?.[1];
          if (volume !== undefined) return answer('volume', Number(volume));
          return { stdout: lists[command] ?? '', stderr: '' };
        });
        const { pools, domains } = await new Host(uri, run, batchConnection(run, uri)).inventory();
        const seen = [...domains, ...pools, ...(pools[0]?.volumes ?? [])];
        assert.deepEqual(
          seen.map(({ name: called }) => called),
          ['d', 'p', 'v'].flatMap((kind) => ids.map((_, index) => `${kind}${index}`)),
        );
        assert.deepEqual(
          [...domains, ...pools].map(({ uuid: id }) => id),
          [...ids, ...ids],
        );
        seen.forEach(({ problem }, index) =>
          assert.equal(problem === undefined, chosen[index] === 'right', `${index}: ${problem}`),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('takes no longer than in proportion, however deep or long it is', () => {
    const ms = leastCpuTime(() => {
      assert.throws(() => parseXml('<a>'.repeat(100_000)), /deep/);
      assert.equal(parseXml(`<a>${'<b c="&amp;"/>'.repeat(50_000)}</a>`).children.length, 50_000);
    });
    assert.ok(ms < 2000, `${ms} ms`);
  });
});

describe('hostile replies', () => {
  it('come out of their frames as they went in, however they are cut', () => {
    const bodies = fc.array(fc.oneof(text, fc.constantFrom('virsh # ', '~b', '~e', 'echo ~\\e', '\n')), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(
        fc.array(bodies, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        (all, size) => {
          const printed = all.map((parts) => `${parts.join('')}\n`);
          const frame = new Framing().frame(...printed.map(() => 'x'));
          const lines = frame.question.trimEnd().split('\n');
          const said = lines.map((line, index) => {
            const mark = line
              .replace(/^echo /, '')
              .replace(/;x$/, '')
              .replace('\\', '');
            return `virsh # ${line}\n${mark}${printed[index] ?? ''}`;
          });
          const bytes = Buffer.from(said.join(''));
          let found: readonly string[] | undefined;
          for (let at = 0; at < bytes.length; at += size) found ??= frame.push(bytes.subarray(at, at + size));
          assert.deepEqual(found, printed);
        },
      ),
      { numRuns: 300 },
    );
  });
});
