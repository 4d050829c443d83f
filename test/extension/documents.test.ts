import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the documents, in VS Code', () => {
  it('compare a clone with its template, without what must differ', async () => {
    await run('createLinkedClone', {
      template: 'plantilla-prueba1',
      name: 'like',
      method: 'define',
      memory: 192,
    });
    const texts = await run<{ template: string; clone: string }>('compareWithTemplate', { domain: 'like' });
    const there = texts.template.split('\n');
    const changed = texts.clone.split('\n').filter((line) => !there.includes(line));
    assert.deepEqual(
      changed.map((line) => line.trim()),
      ['<memory unit="KiB">196608</memory>', '<currentMemory unit="KiB">196608</currentMemory>'],
    );
    const open = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
    assert.ok(
      open.some(({ input, label }) => input instanceof vscode.TabInputTextDiff && label.endsWith('↔ like')),
      open.map(({ label }) => label).join(),
    );
    await assert.rejects(run('compareWithTemplate', { domain: 'maquina1' }), /no linked clone/);
    await run('delete', { domain: 'like' });
  });
});

async function run<T>(name: string, argument: unknown): Promise<T> {
  return vscode.commands.executeCommand<T>(`libvirt.${name}`, argument);
}
