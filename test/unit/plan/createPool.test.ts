import assert from 'node:assert/strict';
import { createPool } from '../../../src/plan/createPool';
import { lineage, pool, thrownBy, uri } from '../builders';

describe('a storage pool', () => {
  const empty = lineage([]);
  const other = lineage([pool('default', '/images', [])]);

  it('is defined, built, started and started with its host, and taken back', () => {
    const { steps } = createPool({ directory: '/images' }, empty);
    const commands = steps.map(({ spec }) => spec.args.slice(2).join(' '));
    assert.deepEqual(commands, [
      'pool-define-as --name default --type dir --target /images',
      'pool-build --pool default',
      'pool-start --pool default',
      'pool-autostart --pool default',
    ]);
    const undos = steps.flatMap(({ undo }) => (undo?.kind === 'restore' ? undo.specs : []));
    assert.deepEqual(
      undos.map(({ args }) => args.join(' ')),
      [`--connect ${uri} pool-undefine --pool default`, `--connect ${uri} pool-destroy --pool default`],
    );
    assert.deepEqual(steps.at(-1)?.verify, { kind: 'active', what: 'pool', name: 'default' });
  });

  it('is called as its directory where there is a default one', () => {
    const [step] = createPool({ directory: '/srv/clones' }, other).steps;
    assert.ok(step?.spec.args.join(' ').includes('--name clones '));
  });

  it('is refused where it cannot be', () => {
    const refusal = (directory: string, name?: string) =>
      thrownBy(() => createPool({ directory, name }, other)).message;
    assert.match(refusal('images'), /absolute/);
    assert.match(refusal('/'), /absolute/);
    assert.match(refusal('/srv/../images/'), /already the pool default/);
    assert.match(refusal('/more', 'default'), /already a storage pool/);
    assert.match(refusal('/more', 'a/b'), /"\/"/);
  });
});
