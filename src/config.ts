import * as vscode from 'vscode';
import { programs, tools } from './host/commandLine';
import type { ProgramPaths } from './host/process';
import { pathSettings } from './pathSettings';
import { methods, type Method } from './plan/machine';
import { shutdownModes, type ShutdownMode } from './plan/power';
import { volumeTools, type VolumeTool } from './plan/overlay';

/** The settings, read when they are needed, so that a change holds at once. A value of a wrong type is its default. */
export const config = {
  /** URIs of the hosts; empty where the default is meant. */
  get hosts(): readonly string[] {
    const value = read('hosts');
    return Array.isArray(value)
      ? value.filter((uri): uri is string => typeof uri === 'string' && uri !== '')
      : [];
  },

  /** Sets the hosts for the user, on the machine where VS Code works; none leads back to the default. */
  async setHosts(uris: readonly string[]): Promise<void> {
    const value = uris.length === 0 ? undefined : uris;
    await vscode.workspace
      .getConfiguration('libvirt')
      .update('hosts', value, vscode.ConfigurationTarget.Global);
  },

  /** Where each program is: the setting, or its name, to be looked up in PATH. */
  get programPaths(): ProgramPaths {
    const entries = programs.map((program) => [program, text(pathSettings[program]) || program] as const);
    return Object.fromEntries([...entries, ...tools.map((tool) => [tool, tool])]) as ProgramPaths;
  },

  /** Names that mean a template; undefined where none or no valid expression is set. */
  get templateNamePattern(): RegExp | undefined {
    const source = text('templateNamePattern');
    if (source === '') return undefined;
    try {
      return new RegExp(source, 'u');
    } catch {
      return undefined;
    }
  },

  get method(): Method {
    return methods.find((method) => method === text('clone.method')) ?? 'virt-clone';
  },

  get volumeTool(): VolumeTool {
    return volumeTools.find((tool) => tool === text('clone.volumeTool')) ?? 'vol-create';
  },

  /** How a guest is asked to shut down. */
  get shutdownMode(): ShutdownMode {
    return shutdownModes.find((mode) => mode === text('shutdownMode')) ?? 'default';
  },

  /** What the name of a new template is to begin with; empty for the name it has. */
  get templatePrefix(): string {
    return text('templatePrefix');
  },

  /** Milliseconds between two comparisons of the names on a host with those in the tree. */
  get refreshIntervalMs(): number {
    const seconds = read('refreshInterval');
    return 1000 * Math.max(1, typeof seconds === 'number' ? seconds : 10);
  },

  /** Calls the listener when one of these settings changes. */
  onDidChange(names: readonly string[], listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (names.some((name) => event.affectsConfiguration(`libvirt.${name}`))) listener();
    });
  },
};

/** The settings that say where the programs are. */
export const programSettings = Object.values(pathSettings);

function read(name: string): unknown {
  return vscode.workspace.getConfiguration('libvirt').get(name);
}

function text(name: string): string {
  const value = read(name);
  return typeof value === 'string' ? value.trim() : '';
}
