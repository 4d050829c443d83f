import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Plan, Undo } from '../../../src/plan/plan';
import { claim, cutOff, Journal, remaining } from '../../../src/run/journal';
import { plan } from '../plan/plans';

const spec = { file: 'virsh', args: ['x'] } as const;
const undo = (path: string): Undo => ({ kind: 'deleteVolume', pool: 'p', path, backing: '/b' });

describe('run/journal', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** As if the process that wrote it were gone. */
  function orphan(file: string): void {
    const [head = '', ...rest] = readFileSync(file, 'utf8').split('\n');
    const line = JSON.parse(head) as { owner: { started: string } };
    line.owner.started = '1';
    writeFileSync(file, [JSON.stringify(line), ...rest].join('\n'));
  }

  const parts: Plan = plan([
    { title: 'before', spec },
    { title: 'one', spec, part: 'a' },
    { title: 'two', spec, part: 'b' },
    { title: 'after', spec },
  ]);

  it('is there as long as the run is, for its user alone, and not offered while it is alive', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    assert.equal(statSync(journal.file).mode & 0o777, 0o600);
    assert.deepEqual(await cutOff(dir), []);
    await journal.close();
    assert.throws(() => statSync(journal.file));
  });

  it('tells of a run that was cut off what is half made, in order, and what is whole', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    await journal.begins({ kind: 'endPool', uuid: 'u', name: 'n' }, undefined);
    await journal.begins(undo('/a'), 'a');
    await journal.done('a');
    await journal.begins(undo('/b'), 'b');
    orphan(journal.file);
    appendFileSync(journal.file, '{"undo":{"kind":"deleteV');
    const [run] = await cutOff(dir);
    assert.deepEqual(run?.plan, JSON.parse(JSON.stringify(parts)));
    assert.deepEqual(run?.undos, [{ kind: 'endPool', uuid: 'u', name: 'n' }, undo('/b')]);
    assert.ok(run);
    assert.deepEqual(
      remaining(run).steps.map(({ title }) => title),
      ['before', 'two', 'after'],
    );
  });

  it('finishes a plan without parts from its beginning', async () => {
    const whole = plan([{ title: 'one', spec }]);
    const journal = await Journal.open(dir, 'id', whole);
    orphan(journal.file);
    const [run] = await cutOff(dir);
    assert.ok(run);
    assert.equal(remaining(run).steps.length, 1);
  });

  it('is had by one window only', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    orphan(journal.file);
    const [run] = await cutOff(dir);
    assert.ok(run);
    const got = await Promise.all([claim(run), claim(run)]);
    assert.deepEqual(got.filter(Boolean).length, 1);
    assert.deepEqual(await cutOff(dir), []);
  });

  it('passes over what is no journal, and a directory that is not there', async () => {
    writeFileSync(path.join(dir, 'x.jsonl'), 'nonsense');
    writeFileSync(path.join(dir, 'y.txt'), '');
    assert.deepEqual(await cutOff(dir), []);
    assert.deepEqual(await cutOff('/nowhere/at/all'), []);
  });
});
