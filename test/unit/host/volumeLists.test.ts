import assert from 'node:assert/strict';
import { Host } from '../../../src/host/host';
import type { Run } from '../../../src/host/process';
import { batchConnection } from '../../support/batchConnection';
import { uri, uuid } from '../builders';
import { frame, readScript, type FakeReply } from '../fakeVirsh';

const id = uuid(1);

/** A host with a pool, whose files may change, as a virsh tells it that knows completions. */
class PoolHost {
  readonly host: Host;
  readonly asked: string[] = [];

  constructor(public names: readonly string[]) {
    const run: Run = (spec) => {
      const { marker, commands } = readScript(spec.args[2] ?? '');
      this.asked.push(...commands);
      return Promise.resolve(
        frame(
          marker,
          commands.map((command) => this.answer(command)),
        ),
      );
    };
    this.host = new Host(uri, run, batchConnection(run, uri));
  }

  /** What was asked to read what has changed. */
  async changes(): Promise<readonly string[]> {
    this.asked.length = 0;
    await this.host.refresh('changes');
    return this.asked;
  }

  /** What the host knows, without what cannot be read. */
  get seen(): readonly string[] {
    const volumes = this.host.state.inventory?.pools[0]?.volumes ?? [];
    return volumes.map(({ name, problem }) => (problem === undefined ? name : `${name}!`)).sort();
  }

  private answer(command: string): FakeReply {
    const [word = ''] = command.split(' ');
    if (command === 'pool-list --all --uuid --name') return said(`${id} p`);
    if (command === 'pool-list --uuid') return said(id);
    if (word === 'pool-dumpxml')
      return said(`<pool><name>p</name><uuid>${id}</uuid><target><path>/p</path></target></pool>`);
    if (word === 'complete') return said(this.names.map((name) => name.replaceAll(' ', '\\ ')).join('\n'));
    if (word === 'vol-list')
      return said(this.names.map((name) => ` ${printed(name)}   /p/${printed(name)}\n`).join(''));
    if (word !== 'vol-dumpxml') return said('');
    const name = /'\/p\/([^]*)'$/.exec(command)?.[1] ?? '';
    return this.names.includes(name)
      ? said(`<volume><name>${name}</name><target><path>/p/${name}</path></target></volume>`)
      : { stdout: '\n', stderr: `error: failed to get vol '${name}'\n` };
  }
}

function said(stdout: string): FakeReply {
  return { stdout: `${stdout}\n`, stderr: '' };
}

function printed(name: string): string {
  return name.replaceAll('\n', '\\x0a');
}

describe('the volumes of a large pool', () => {
  const many = Array.from({ length: 70 }, (_, index) => `v ${index}`);

  it('with line breaks in names are listed by the table once, and again when the completions do not fit it', async () => {
    const pool = new PoolHost([...many, 'line\nbreak']);
    await pool.host.refresh();
    assert.deepEqual(pool.seen, [...pool.names].sort());
    for (let times = 0; times < 2; times++) {
      const asked = await pool.changes();
      assert.ok(asked.some((command) => command.startsWith('complete')));
      assert.deepEqual(
        asked.filter((command) => command.startsWith('vol-')),
        [],
      );
    }
    for (const names of [
      [...many, 'line\nbreak', 'new'],
      [...many, 'new', 'line'],
      [...many, 'new', 'line', 'another\nbreak'],
    ]) {
      pool.names = names;
      await pool.changes();
      assert.deepEqual(pool.seen, [...names].sort());
    }
  });

  it('stay true when one vanishes between two questions and comes back', async () => {
    const pool = new PoolHost([...many, 'overlay']);
    await pool.host.refresh();
    pool.names = many;
    await pool.changes();
    assert.deepEqual(pool.seen, [...many].sort());
    pool.names = [...many, 'overlay'];
    await pool.changes();
    assert.deepEqual(pool.seen, [...pool.names].sort());
  });
});
