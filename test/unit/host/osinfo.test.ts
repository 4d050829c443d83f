import assert from 'node:assert/strict';
import { CommandError } from '../../../src/host/errors';
import { operatingSystems, parseOperatingSystems } from '../../../src/host/osinfo';
import { capture } from '../captures';

const table = capture('9.0.0', 'osinfo-query.txt');

describe('host/osinfo', () => {
  it('reads every row of the table', () => {
    const systems = parseOperatingSystems(table);
    assert.equal(systems.length, table.trimEnd().split('\n').length - 2);
    for (const { shortId, name, id } of systems) {
      assert.match(shortId, /^\S+$/);
      assert.match(id, /^[a-z]+:\/\/\S+$/);
      assert.equal(name, name.trim());
    }
    assert.deepEqual(
      systems.find(({ shortId }) => shortId === 'debian11'),
      { shortId: 'debian11', name: 'Debian 11', id: 'http://debian.org/debian/11' },
    );
  });

  it('puts newer systems before older ones', () => {
    const order = parseOperatingSystems(table).map(({ shortId }) => shortId);
    const places = ['debian11', 'debian10', 'debian9', 'win2.0'].map((id) => order.indexOf(id));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
  });

  it('reads nothing from an empty table', () => {
    assert.deepEqual(parseOperatingSystems(''), []);
    assert.deepEqual(parseOperatingSystems(' Short ID | Name | ID \n---+---+---\n'), []);
  });

  it('asks with options that osinfo-query 1.10 has', async () => {
    let asked: readonly string[] = [];
    await operatingSystems(({ args }) => ((asked = args), Promise.resolve({ stdout: table, stderr: '' })));
    const known = /^(os|(-s|--sort|-f|--fields)(=.*)?|[a-z,-]+)$/;
    assert.deepEqual(
      asked.filter((word) => !known.test(word)),
      [],
    );
  });

  it('knows nothing where osinfo-query is missing, but hides no other trouble', async () => {
    const missing = new CommandError('notInstalled', { file: 'osinfo-query', args: [] }, undefined, '');
    assert.equal(await operatingSystems(() => Promise.reject(missing)), undefined);
    await assert.rejects(
      operatingSystems(() => Promise.reject(new TypeError('bug'))),
      TypeError,
    );
  });
});
