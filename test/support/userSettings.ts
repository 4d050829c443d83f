import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A workbench that shows nothing by itself, asks nothing and looks for nothing on the network. */
const quiet = {
  'chat.agentHost.enabled': false,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  // Rows of the terminal as elements of the page, not pixels of a canvas.
  'terminal.integrated.gpuAcceleration': 'off',
  'workbench.enableExperiments': false,
  // What moves without end costs a core where there is no graphics card.
  'editor.cursorBlinking': 'solid',
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Writes the settings of a server, as its workbench reads them when it is opened; these stand above the quiet ones. The
 * extension's own are settings of the machine that VS Code works on, which a workbench that is connected to a server
 * takes from that machine's file alone, not from the user's.
 */
export async function writeUserSettings(
  dataDir: string,
  settings: Record<string, unknown> = {},
): Promise<void> {
  const all = Object.entries({ ...quiet, ...settings });
  const ofMachine = all.filter(([name]) => name.startsWith('libvirt.'));
  await write(path.join(dataDir, 'data', 'Machine'), ofMachine);
  await write(path.join(dataDir, 'data', 'User'), all);
}

async function write(dir: string, settings: readonly [string, unknown][]): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'settings.json'), JSON.stringify(Object.fromEntries(settings), null, 2));
}
