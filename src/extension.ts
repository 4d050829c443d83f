import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import type { Deps } from './commands/command';
import { define } from './commands/editXml';
import { offerCutOffRuns } from './commands/recover';
import { config } from './config';
import { SerialConsoles } from './console/serialConsoles';
import { Displays } from './display/displays';
import { Definitions } from './documents/definitions';
import { ReadOnlyDocuments } from './documents/readOnlyDocuments';
import { Explorer } from './explorer/explorer';
import { followMilestones } from './explorer/milestones';
import { Hosts, type Reach } from './hosts';
import { makeRun, type Done } from './host/process';
import { SharedSsh } from './host/sharedSsh';
import { LineagePictures } from './picture/lineagePicture';
import { commandLine } from './plan/script';
import { followRemoteSsh } from './remoteSsh';
import { Terminals } from './run/terminals';
import { TemplateWatch } from './watchTemplates';

/** What the extension shows other extensions and tests: the tree, to be read as VS Code reads it. */
export interface Api {
  readonly explorer: Explorer;
  /** The extension's own directory, in which the journals of runs lie. */
  readonly storage: vscode.Uri;
  /** Looks once more for runs that were cut off, as it does at the start. */
  readonly recover: () => Promise<void>;
}

/** Builds and wires the extension; no process is awaited, the first one starts when the view is looked at. */
export function activate(context: vscode.ExtensionContext): Api {
  // The rooms that know nothing of VS Code translate with the same bundle.
  if (vscode.l10n.bundle !== undefined) l10n.config({ contents: vscode.l10n.bundle });
  const log = vscode.window.createOutputChannel('Libvirt', { log: true });
  const ssh = new SharedSsh(process.env);
  const reachIn = (env: NodeJS.ProcessEnv): Reach => ({
    env,
    run: makeRun(
      () => config.programPaths,
      env,
      (done) => report(log, done),
    ),
  });
  // Made when it is first needed: a machine without hosts behind ssh gets no directory for their connections.
  let overSsh: Reach | undefined;
  const hosts = new Hosts(
    reachIn(process.env),
    () => (overSsh ??= reachIn({ ...process.env, ...ssh.variables })),
  );
  const explorer = new Explorer(hosts, context.workspaceState);
  const watch = new TemplateWatch(hosts);
  const pictures = new LineagePictures(context.extensionUri, explorer, hosts);
  const documents = new ReadOnlyDocuments();
  const definitions = new Definitions(hosts, (host, uuid, text) => define(host, uuid, text, deps));
  const consoles = new SerialConsoles(() => ssh.variables);
  const displays = new Displays(context.extensionUri, () => ssh.variables);
  const terminals = new Terminals();
  const { globalState: memory, globalStorageUri: storage } = context;
  const deps: Deps = {
    log,
    hosts,
    ssh,
    explorer,
    documents,
    definitions,
    consoles,
    displays,
    terminals,
    pictures,
    memory,
    storage,
  };
  const registrations = registerCommands(deps);
  void offerCutOffRuns(deps);
  context.subscriptions.push(
    log,
    hosts,
    ssh,
    watch,
    followMilestones(hosts),
    followRemoteSsh(),
    explorer,
    pictures,
    documents,
    definitions,
    consoles,
    displays,
    ...registrations,
  );
  return { explorer, storage, recover: () => offerCutOffRuns(deps) };
}

function report(log: vscode.LogOutputChannel, { spec, exitCode, stderr, ms }: Done): void {
  log.debug(`${commandLine(spec)} → ${exitCode ?? 'no exit code'} in ${Math.round(ms)} ms`);
  if (exitCode !== 0) log.warn(`${commandLine(spec)}: ${stderr.trim()}`);
}
