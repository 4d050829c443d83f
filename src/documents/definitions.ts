import * as vscode from 'vscode';
import { virsh } from '../host/commandLine';
import type { Domain } from '../host/domain';
import { CommandError } from '../host/errors';
import type { Host } from '../host/host';
import type { Hosts } from '../hosts';
import { DefinitionRefusal } from '../plan/editDefinition';
import { messageOf } from '../run/message';
import { PlanFailure } from '../run/planFailure';
import { faultLine } from './faultLine';
import { onReplaced } from './onReplaced';

const scheme = 'libvirt-xml';

/** Makes a machine's definition what a person has written. */
export type Define = (host: Host, uuid: string, definition: string) => Promise<void>;

/** A definition as VS Code was told of it. */
interface Version {
  readonly text: string;
  readonly mtime: number;
  readonly size: number;
}

/**
 * The definitions of virtual machines as files: to save one is to define the machine. What is refused stays in its
 * editor as it was typed, with the reason at its line; what others have changed meanwhile is a conflict, which VS Code
 * shows and lets be compared.
 */
export class Definitions implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private readonly newest = new Map<string, Version>();
  /** What is in the editors, as far as it is not typed. */
  private readonly shown = new Map<string, Version>();
  private readonly problems = vscode.languages.createDiagnosticCollection('libvirt');
  private readonly subscriptions = [
    vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true }),
    vscode.workspace.onDidSaveTextDocument((document) => this.showAsDefined(document)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.forget(uri)),
    this.changed,
    this.problems,
  ];

  constructor(
    private readonly hosts: Hosts,
    private readonly define: Define,
  ) {}

  /** Opens the definition of a machine, which will be in force after its next start. */
  async open(host: Host, { name, uuid }: Domain): Promise<vscode.Uri> {
    const path = `/${name.replaceAll('/', '∕')}.xml`;
    const uri = vscode.Uri.from({ scheme, path, query: `${uuid}@${host.uri}` });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false });
    // VS Code keeps for a while what was closed, and shows it as it was then.
    if (!document.isDirty && document.getText() !== (await read({ host, uuid })))
      await vscode.commands.executeCommand('workbench.action.files.revert');
    return uri;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    if (uri.path === '/') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    const { mtime, size } = await this.version(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime, size };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const version = await this.version(uri);
    this.shown.set(uri.toString(), version);
    return Buffer.from(version.text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const key = uri.toString();
    const known = this.newest.get(key)?.text;
    const { host, uuid } = await this.machine(uri);
    const before = await read({ host, uuid });
    if (known !== undefined && before !== known) {
      throw vscode.FileSystemError.Unavailable(
        vscode.l10n.t('The machine has been changed meanwhile. Save again to compare.'),
      );
    }
    const definition = Buffer.from(content).toString();
    try {
      await this.define(host, uuid, definition);
    } catch (error) {
      this.complain(uri, error, before, definition);
      throw vscode.FileSystemError.Unavailable(reasonOf(error));
    }
    this.problems.delete(uri);
    this.take(key, await read({ host, uuid }));
  }

  watch(uri: vscode.Uri): vscode.Disposable {
    let stop: (() => void) | undefined;
    let over = false;
    const follow = ({ host, uuid }: Machine) => {
      if (over) return;
      stop = onReplaced(
        host,
        (lineage) => lineage.domain(uuid),
        () => {
          const isThere = host.state.inventory?.domains.some((domain) => domain.uuid === uuid) === true;
          const type = isThere ? vscode.FileChangeType.Changed : vscode.FileChangeType.Deleted;
          this.changed.fire([{ type, uri }]);
        },
      );
    };
    // Where there is no such host, the document says so itself.
    this.machine(uri).then(follow, () => undefined);
    return new vscode.Disposable(() => {
      over = true;
      stop?.();
    });
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async machine(uri: vscode.Uri): Promise<Machine> {
    const [uuid = '', ...rest] = uri.query.split('@');
    const name = rest.join('@');
    const host = (await this.hosts.all()).find((candidate) => candidate.uri === name);
    if (host !== undefined) return { host, uuid };
    throw vscode.FileSystemError.Unavailable(
      vscode.l10n.t('The host {0} is not in the settings. Add it to "libvirt.hosts".', name),
    );
  }

  private async version(uri: vscode.Uri): Promise<Version> {
    return this.take(uri.toString(), await read(await this.machine(uri)));
  }

  /** VS Code takes what has the same size for the same text, however new it is. */
  private take(key: string, text: string, isOther = false): Version {
    const last = this.newest.get(key);
    if (last?.text === text && !isOther) return last;
    const bytes = Buffer.byteLength(text);
    const size = bytes === (this.shown.get(key) ?? last)?.size ? bytes + 1 : bytes;
    const version = { text, mtime: Math.max(Date.now(), (last?.mtime ?? 0) + 1), size };
    this.newest.set(key, version);
    return version;
  }

  /** libvirt adds what was left to it, and leaves comments out: the editor then shows what has become of the text. */
  private showAsDefined(document: vscode.TextDocument): void {
    const { uri, isDirty } = document;
    const text = this.newest.get(uri.toString())?.text;
    if (uri.scheme !== scheme || isDirty || text === undefined || text === document.getText()) return;
    this.take(uri.toString(), text, true);
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  private complain(uri: vscode.Uri, error: unknown, before: string, after: string): void {
    const message = reasonOf(error);
    const line = error instanceof DefinitionRefusal ? error.line - 1 : faultLine(message, before, after);
    const text = after.split('\n')[line] ?? '';
    const range = new vscode.Range(line, text.length - text.trimStart().length, line, text.length);
    const diagnostic = new vscode.Diagnostic(range, message);
    diagnostic.source = 'libvirt';
    this.problems.set(uri, [diagnostic]);
  }

  private forget(uri: vscode.Uri): void {
    this.problems.delete(uri);
    this.newest.delete(uri.toString());
    this.shown.delete(uri.toString());
  }
}

/** What VS Code and the line are told: which step it was, they know. */
function reasonOf(error: unknown): string {
  return error instanceof PlanFailure && !error.cancelled ? error.reason : messageOf(error);
}

interface Machine {
  readonly host: Host;
  readonly uuid: string;
}

/** The definition that `virsh edit` would open, with the passwords in it, which would be lost otherwise. */
async function read({ host, uuid }: Machine): Promise<string> {
  try {
    const options = ['--inactive', '--security-info'];
    return (await host.run(virsh(host.uri, 'dumpxml', '--domain', uuid, ...options))).stdout;
  } catch (error) {
    if (error instanceof CommandError && error.kind === 'gone') {
      throw vscode.FileSystemError.FileNotFound(
        vscode.l10n.t('The virtual machine is not there any more. Its text can be kept: save it as a file.'),
      );
    }
    throw vscode.FileSystemError.Unavailable(messageOf(error));
  }
}
