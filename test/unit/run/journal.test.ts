import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Plan, Undo } from '../../../src/plan/plan';
import { cutOff, Journal, readJournal, remaining } from '../../../src/run/journal';
import { plan } from '../plan/plans';

const spec = { file: 'virsh', args: ['x'] } as const;
const undo = (path: string): Undo => ({ kind: 'deleteVolume', pool: 'p', path, backing: '/b' });

describe('run/journal', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** As if the process that wrote it were gone: another one has its number now. */
  function orphan({ file }: Journal): string {
    const abandoned = file.replace(/-\d*\.jsonl$/, '-1.jsonl');
    renameSync(file, abandoned);
    return abandoned;
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
    appendFileSync(orphan(journal), '{"undo":{"kind":"deleteV');
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
    orphan(journal);
    const [run] = await cutOff(dir);
    assert.ok(run);
    assert.equal(remaining(run).steps.length, 1);
  });

  it('is had by one window only', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    orphan(journal);
    const [run] = await cutOff(dir);
    assert.ok(run);
    const got = await Promise.all([Journal.take(run), Journal.take(run)]);
    assert.equal(got.filter((one) => one !== undefined).length, 1);
    assert.deepEqual(await cutOff(dir), []);
  });

  it('is found again where the window that has taken it is cut off too, without what was taken back by then', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    await journal.begins(undo('/a'), 'a');
    await journal.begins(undo('/b'), 'b');
    orphan(journal);
    const [run] = await cutOff(dir);
    assert.ok(run);
    const taken = await Journal.take(run);
    const [first] = run.undos;
    assert.ok(taken !== undefined && first !== undefined);
    await taken.over(first);
    orphan(taken);
    const [again] = await cutOff(dir);
    assert.deepEqual(again?.undos, [undo('/b')]);
  });

  it('forgets what made nothing, which is then somebody else’s, but not the same that was begun once more', async () => {
    const journal = await Journal.open(dir, 'id', parts);
    const once = undo('/a');
    await journal.begins(once, 'a');
    await journal.begins(undo('/b'), 'b');
    await journal.over(once);
    assert.deepEqual((await readJournal(journal.file))?.undos, [undo('/b')]);
    await journal.begins(undo('/a'), 'a');
    assert.deepEqual((await readJournal(journal.file))?.undos, [undo('/b'), undo('/a')]);
  });

  it('passes over what is no journal, and a directory that is not there', async () => {
    writeFileSync(path.join(dir, 'x.1-1.jsonl'), 'nonsense');
    writeFileSync(path.join(dir, 'y.txt'), '');
    assert.deepEqual(await cutOff(dir), []);
    assert.deepEqual(await cutOff('/nowhere/at/all'), []);
  });
});
