import assert from 'node:assert/strict';
import {
  domainNameProblem,
  freeName,
  taskVariableProblem,
  virtInstallNameProblem,
  virtToolsPathProblem,
  volCreateAsProblem,
  volumeNameProblem,
} from '../../../src/plan/names';

const none: ReadonlySet<string> = new Set();

/** A name, and what is said against it as the name of a domain and of a volume. */
const cases: readonly (readonly [string, RegExp | undefined, (RegExp | undefined)?])[] = [
  ['web', undefined],
  ['Ünï-cødé_1.2', undefined],
  ['two words', undefined],
  ['日本', undefined],
  ['😀', undefined],
  [`it's`, undefined],
  ['a "quote"', undefined],
  ['$(reboot)', undefined],
  ['`id`;|&<>*?', undefined],
  ['$HOME', undefined],
  ['a$', undefined],
  ['$ {x}', undefined],
  ['a&b', undefined],
  ['a<b', undefined],
  ['a-b', undefined],
  ['.hidden', undefined],
  ['...', undefined],
  ['back\\slash', undefined],
  ['x'.repeat(200), undefined],
  ['x'.repeat(247), undefined],
  ['x'.repeat(248), /248 bytes.*247/, undefined],
  ['x'.repeat(255), /255 bytes/, undefined],
  ['x'.repeat(256), /256 bytes.*247/, /256 bytes.*255/],
  ['ñ'.repeat(123), undefined],
  ['ñ'.repeat(200), /400 bytes/],
  ['', /Enter a name/],
  [' ', /blank/],
  [' web', /blank/],
  ['web ', /blank/],
  ['\u00a0web', /blank/],
  ['.', /directory/],
  ['..', /directory/],
  ['a/b', /"\/"/],
  ['/', /"\/"/],
  ['a\nb', /line breaks/],
  ['a\tb', /line breaks/],
  ['a\rb', /line breaks/],
  ['a\0b', /control/],
  ['a\x1bb', /control/],
  ['a\x7fb', /control/],
  ['a\x85b', /control/],
  ['a\u2028b', /line breaks/],
  ['a\ud800b', /control/],
  ['a\uffffb', /control/],
  ['-web', /begin with "-"/],
  ['--name', /begin with "-"/],
  ['${env:HOME}', /\$\{/],
  ['a${b', /\$\{/],
  ['42', /digits/, undefined],
  ['007', /digits/, undefined],
  ['42a', undefined],
  ['11111111-1111-4111-8111-111111111111', /UUID/, undefined],
  ['ABCDEF01-1111-4111-8111-111111111111', /UUID/, undefined],
  ['abcdef0111114111811111111111111a', /UUID/, undefined],
  ['11111111-1111-4111-8111-11111111111', undefined],
  ['taken', /already a virtual machine/, /already a volume/],
  ['Taken', undefined],
];

function expectProblem(actual: string | undefined, expected: RegExp | undefined): void {
  if (expected === undefined) assert.equal(actual, undefined);
  else assert.match(actual ?? 'no problem', expected);
}

describe('plan/names', () => {
  const taken = new Set(['taken']);
  for (const [name, ofDomain, ...rest] of cases) {
    const ofVolume = rest.length === 0 ? ofDomain : rest[0];
    const shown =
      name.length > 40 ? `${name.slice(0, 3)}… (${name.length} characters)` : JSON.stringify(name);
    it(`${shown} ${ofDomain === undefined ? 'can' : 'cannot'} be a domain's name`, () => {
      expectProblem(domainNameProblem(name, taken), ofDomain);
    });
    it(`${shown} ${ofVolume === undefined ? 'can' : 'cannot'} be a volume's name`, () => {
      expectProblem(volumeNameProblem(name, taken), ofVolume);
    });
  }

  it('counts the bytes of a name, not its characters', () => {
    assert.equal(domainNameProblem('ñ'.repeat(123), none), undefined); // 246 bytes
    assert.match(domainNameProblem('ñ'.repeat(124), none) ?? '', /248 bytes/);
    assert.match(volumeNameProblem('ñ'.repeat(128), none) ?? '', /256 bytes/);
  });

  for (const [text, refused] of [
    ['/p/a b.qcow2', false],
    ['/p/$(x)`,;*\\é', false],
    [`/p/it's`, true],
    ['/p/"', true],
    ['/p/&', true],
    ['/p/<', true],
    ['/p/>', true],
  ] as const) {
    it(`virt-clone and virt-install ${refused ? 'cannot' : 'can'} be trusted with ${text}`, () => {
      assert.equal(virtToolsPathProblem(text) !== undefined, refused);
    });
  }

  for (const [text, refused] of [
    ['a b', false],
    [`it's "q" > é`, false],
    ['a&b', true],
    ['a<b', true],
  ] as const) {
    it(`vol-create-as ${refused ? 'cannot' : 'can'} be trusted with ${text}`, () => {
      assert.equal(volCreateAsProblem(text) !== undefined, refused);
    });
  }

  for (const [name, refused] of [
    ['web', false],
    ['$(x)', false],
    ['a b', true],
    ['a\u00a0b', true],
  ] as const) {
    it(`virt-install ${refused ? 'does not take' : 'takes'} the name ${name}`, () => {
      assert.equal(virtInstallNameProblem(name) !== undefined, refused);
    });
  }

  for (const [text, refused] of [
    ['$x {y}', false],
    ['$(x)', false],
    ['/p/${workspaceFolder}', true],
    ['$${', true],
  ] as const) {
    it(`VS Code ${refused ? 'would replace a part of' : 'leaves'} ${text}`, () => {
      assert.equal(taskVariableProblem(text) !== undefined, refused);
    });
  }

  it('proposes a name that is free', () => {
    const free = (...names: string[]) => freeName('web', (name) => !names.includes(name));
    assert.deepEqual([free(), free('web'), free('web', 'web-2', 'web-4')], ['web', 'web-2', 'web-3']);
  });
});
