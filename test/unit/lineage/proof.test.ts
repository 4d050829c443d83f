import assert from 'node:assert/strict';
import { Lineage } from '../../../src/lineage/lineage';
import { proofOf } from '../../../src/lineage/proof';
import { disk, domain, inventory, overlay, pool, uuid, volume } from '../builders';

const top = overlay('/p/top', '/gone/base', {
  backing: { path: '/gone/base', format: 'qcow2', found: false },
});
const candidate = volume('/p/base', { modified: 1000 });
const facts = new Map([['/p/top', { born: 2000, header: undefined }]]);

function world(known = true, owner?: 'owner') {
  const clone = domain(1, 'clone', [disk('/p/top')], { mark: { kind: 'clone', of: uuid(2) } });
  const domains = owner === undefined ? [] : [clone, domain(2, 'template', [disk('/p/base')])];
  return new Lineage({
    ...inventory([pool('p', '/p', [top, candidate])], domains),
    ...(known ? { facts } : {}),
  });
}

describe('lineage/proof', () => {
  it('takes an image for the base by its contents, which must be many', () => {
    assert.equal(proofOf(top, candidate, { same: 500, different: 90, added: 0 }, world()), 'same');
    assert.equal(
      proofOf(top, { ...candidate, name: 'x' }, { same: 3, different: 2, added: 0 }, world()),
      'unknown',
    );
  });

  it('not where too many are others, which an older version has too', () => {
    assert.equal(proofOf(top, candidate, { same: 100, different: 500, added: 0 }, world()), 'unknown');
    assert.equal(
      proofOf(top, candidate, { same: 100, different: 500, added: 0 }, world(true, 'owner')),
      'unknown',
    );
  });

  it('by what was noted of its base alone, where that was done', () => {
    const bases = [{ path: '/gone/base', modified: 1000, capacity: candidate.capacity }];
    const clone = domain(1, 'clone', [disk('/p/top')], { mark: { kind: 'clone', of: uuid(2), bases } });
    const noted = new Lineage({ ...inventory([pool('p', '/p', [top, candidate])], [clone]), facts });
    const proof = (rest: Partial<typeof candidate>, same: number) =>
      proofOf(top, { ...candidate, ...rest }, { same, different: 20, added: 0 }, noted);
    assert.equal(proof({ name: 'x' }, 0), 'same');
    assert.equal(proof({ modified: 999.9 }, 500), 'older');
    assert.equal(proof({ modified: 1000.1 }, 500), 'newer');
    assert.equal(proof({ capacity: 5 }, 500), 'otherContents');
  });

  it('never where the contents are others, whatever its name and owner', () => {
    assert.equal(
      proofOf(top, candidate, { same: 2, different: 900, added: 0 }, world(true, 'owner')),
      'otherContents',
    );
  });

  it('not where it was written to since the overlay was made', () => {
    const later = { ...candidate, modified: 3000 };
    for (const fit of [{ same: 500, different: 9, added: 0 }, undefined])
      assert.equal(proofOf(top, later, fit, world(true, 'owner')), 'newer');
  });

  it('by its template where contents cannot be compared, and by name and age where there are none', () => {
    assert.equal(proofOf(top, candidate, undefined, world(false, 'owner')), 'same');
    assert.equal(proofOf(top, candidate, undefined, world()), 'unknown');
    assert.equal(proofOf(top, candidate, { same: 0, different: 0, added: 0 }, world()), 'same');
    assert.equal(
      proofOf(top, { ...candidate, name: 'x' }, { same: 0, different: 0, added: 0 }, world()),
      'unknown',
    );
    assert.equal(proofOf(top, candidate, { same: 0, different: 0, added: 0 }, world(false)), 'unknown');
    // Much was written, and nothing of it to where the image has anything: it may be empty.
    assert.equal(proofOf(top, candidate, { same: 0, different: 0, added: 500 }, world()), 'unknown');
  });
});
