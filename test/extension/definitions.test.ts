import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

const name = 'edited';

describe('a definition in an editor', () => {
  before(() => run('createLinkedClone', { template: 'plantilla-prueba1', name, method: 'define' }));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
  after(() => run('delete', { domain: name }));

  it('is saved as the definition of its machine, and shows what has become of it', async () => {
    const document = await open();
    await replace(document, /<vcpu[^>]*>1</, '<vcpu>2<');
    await replace(document, '<devices>', '<!-- typed --><devices>');
    assert.ok(await document.save());
    assert.match(await dumped(), /<vcpu[^>]*>2</);
    await until(
      () => document.getText() === definition,
      async () => (definition = await dumped()),
    );
    assert.doesNotMatch(document.getText(), /typed/);
    assert.deepEqual(problems(document), []);
  });

  it('stays as it was typed where the schema refuses it, with the reason at its line', async () => {
    const document = await open();
    const before = await dumped();
    await replace(document, '<devices>', '<devices>\n    <nonsense/>');
    const typed = document.getText();
    assert.equal(await document.save(), false);
    assert.equal(document.getText(), typed);
    assert.ok(document.isDirty);
    const [problem] = problems(document);
    assert.match(problem?.message ?? '', /schema.*interleave/);
    assert.match(document.lineAt(problem?.range.start.line ?? 0).text, /<nonsense\/>/);
    assert.equal(await dumped(), before);

    await replace(document, '<nonsense/>', '');
    assert.ok(await document.save());
    assert.deepEqual(problems(document), []);
  });

  it('stays where libvirt does not take it, and where it is no XML, or another machine’s', async () => {
    const document = await open();
    const before = await dumped();
    const refused: [string | RegExp, string, RegExp, RegExp][] = [
      [/machine='[^']*'/, "machine='pc-99.9'", /pc-99\.9/, /pc-99\.9/],
      ['</devices>', '</device>', /not well-formed in line/, /<\/device>/],
      [`<name>${name}<`, '<name>somebody<', /is called "edited"/, /<name>/],
      [/<uuid>[^<]*</, '<uuid>503b5a1d-0000-4000-8000-000000000000<', /UUID must stay/, /<uuid>/],
      [/(edited)\.qcow2/, 'plantilla-prueba1.qcow2', /base of/, /plantilla-prueba1\.qcow2/],
    ];
    for (const [what, by, reason, line] of refused) {
      const whole = document.getText();
      await replace(document, what, by);
      assert.equal(await document.save(), false, by);
      const [problem] = problems(document);
      assert.match(problem?.message ?? '', reason);
      assert.match(document.lineAt(problem?.range.start.line ?? 0).text, line);
      await replace(document, document.getText(), whole);
    }
    assert.equal(await dumped(), before);
    assert.doesNotMatch(await virsh('list', '--all', '--name'), /somebody/);
  });

  it('does not overwrite what others have changed meanwhile, and is true while nobody types', async () => {
    const document = await open();
    const byOthers = (count: number) => redefine((xml) => xml.replace(/(<vcpu[^>]*>)\d/, `$1${count}`));
    await byOthers(3);
    await run('refresh');
    await until(() => /<vcpu[^>]*>3</.test(document.getText()));
    assert.ok(!document.isDirty);

    await replace(document, '<on_crash>destroy<', '<on_crash>restart<');
    // As long as the text before: VS Code tells texts apart by their sizes.
    await byOthers(4);
    assert.equal(await document.save(), false);
    assert.match(await dumped(), /<vcpu[^>]*>4<[^]*<on_crash>destroy</);
    assert.match(document.getText(), /<on_crash>restart</);
  });

  it('keeps the passwords that libvirt tells nobody else', async () => {
    const screen = "<graphics type='vnc' autoport='yes' passwd='geheim42'/></devices>";
    await redefine((xml) => xml.replace('</devices>', screen));
    const document = await open();
    await replace(document, '<on_crash>destroy<', '<on_crash>restart<');
    assert.ok(await document.save());
    assert.match(await dumped(), /<on_crash>restart<[^]*passwd='geheim42'/);
  });

  it('is kept when its machine is gone', async () => {
    await run('createLinkedClone', { template: 'plantilla-prueba1', name: 'fleeting', method: 'define' });
    const document = await open('fleeting');
    await replace(document, '<on_crash>destroy<', '<on_crash>restart<');
    await run('delete', { domain: 'fleeting' });
    assert.equal(await document.save(), false);
    assert.match(document.getText(), /<on_crash>restart</);
    assert.doesNotMatch(await virsh('list', '--all', '--name'), /fleeting/);
  });

  it('comes from a script as well', async () => {
    const { uuid } = await run<{ uuid: string }>('editXml', {
      domain: name,
      xml: (await dumped()).replace(/(<vcpu[^>]*>)\d/, '$15'),
    });
    assert.equal(uuid, (await virsh('domuuid', name)).trim());
    assert.match(await dumped(), /<vcpu[^>]*>5</);
    await assert.rejects(run('editXml', { domain: name, xml: '<domain/>' }), /is called/);
  });

  let definition = '';

  async function open(domain = name): Promise<vscode.TextDocument> {
    const { uri } = await run<{ uri: string }>('editXml', { domain });
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
    assert.equal(document?.languageId, 'xml');
    return document;
  }
});

function problems({ uri }: vscode.TextDocument): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'libvirt');
}

async function replace(document: vscode.TextDocument, what: string | RegExp, by: string): Promise<void> {
  const before = document.getText();
  const after = before.replace(what, () => by);
  assert.notEqual(after, before, String(what));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), after);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

function dumped(): Promise<string> {
  return virsh('dumpxml', '--inactive', '--security-info', name);
}

async function redefine(change: (xml: string) => string): Promise<void> {
  const file = path.join(tmpdir(), `${name}.xml`);
  await writeFile(file, change(await dumped()));
  await virsh('define', file);
}

async function virsh(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('virsh', ['--connect', 'qemu:///session', ...args]);
  return stdout;
}

async function until(isSo: () => boolean, look: () => Promise<unknown> = () => Promise.resolve()) {
  for (const end = Date.now() + 30_000; ;) {
    await look();
    if (isSo()) return;
    assert.ok(Date.now() < end, 'in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function run<T>(command: string, argument?: unknown): Promise<T> {
  return vscode.commands.executeCommand<T>(`libvirt.${command}`, argument);
}
