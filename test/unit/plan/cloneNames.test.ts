import assert from 'node:assert/strict';
import { cloneNames, expand, mostClones } from '../../../src/plan/cloneNames';

const free = () => true;
const problem = (found: ReturnType<typeof cloneNames>) => (typeof found === 'string' ? found : 'none');
const without =
  (...taken: string[]) =>
  (name: string) =>
    !taken.includes(name);

describe('plan/cloneNames', () => {
  const patterns: readonly [string, readonly string[] | RegExp][] = [
    ['web', ['web']],
    ['web-{1..3}', ['web-1', 'web-2', 'web-3']],
    ['web-{08..11}', ['web-08', 'web-09', 'web-10', 'web-11']],
    ['{9..011}x', ['009x', '010x', '011x']],
    ['a{5..5}b', ['a5b']],
    ['{a..b}', ['{a..b}']],
    ['web-{3..1}', /ends before it begins/],
    [`web-{1..${mostClones + 1}}`, /too long/],
    ['web-{1..99999999999999999999}', /too long/],
    ['{1..2}-{1..2}', /one range/],
  ];
  for (const [pattern, expected] of patterns) {
    it(`reads ${pattern}`, () => {
      const found = expand(pattern);
      if (expected instanceof RegExp) assert.match(String(found), expected);
      else assert.deepEqual(found, expected);
    });
  }

  it('is bash’s reading', async () => {
    const { execFileSync } = await import('node:child_process');
    for (const pattern of ['web-{1..3}', 'web-{08..11}', '{9..011}x', 'a{5..5}b', 'é{00..2}']) {
      const words = execFileSync('bash', ['-c', `printf '%s\\n' ${pattern}`], { encoding: 'utf8' });
      assert.deepEqual(expand(pattern), words.trimEnd().split('\n'));
    }
  });

  it('leaves out those names of a pattern that are taken, and says so', () => {
    assert.deepEqual(cloneNames('web-{1..3}', undefined, without('web-2')), {
      names: ['web-1', 'web-3'],
      skipped: ['web-2'],
    });
    assert.match(problem(cloneNames('web-{1..2}', undefined, without('web-1', 'web-2'))), /are taken/);
  });

  it('gives as many names as are wished for, and the name itself for one', () => {
    assert.deepEqual(cloneNames('web', undefined, free), { names: ['web'], skipped: [] });
    assert.deepEqual(cloneNames('web', 1, free), { names: ['web'], skipped: [] });
    assert.deepEqual(cloneNames('web', 3, without('web-2')), {
      names: ['web-1', 'web-3', 'web-4'],
      skipped: ['web-2'],
    });
    const ten = cloneNames('web', 10, free);
    assert.ok(typeof ten !== 'string');
    assert.deepEqual([ten.names[0], ten.names[9]], ['web-01', 'web-10']);
  });

  it('refuses numbers that make no sense', () => {
    for (const count of [0, -1, 1.5, NaN, mostClones + 1])
      assert.match(problem(cloneNames('web', count, free)), /At least 1/);
    assert.match(problem(cloneNames('web-{1..3}', 2, free)), /has 3 names, not 2/);
    assert.deepEqual(cloneNames('web-{1..2}', 2, free), { names: ['web-1', 'web-2'], skipped: [] });
    assert.match(problem(cloneNames('web', 2, () => false)), /are taken/);
  });
});
