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
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Writes the user's settings of a server, as its workbench reads them when it is opened; these stand above the quiet ones. */
export async function writeUserSettings(
  dataDir: string,
  settings: Record<string, unknown> = {},
): Promise<void> {
  const dir = path.join(dataDir, 'data', 'User');
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'settings.json'), JSON.stringify({ ...quiet, ...settings }, null, 2));
}
