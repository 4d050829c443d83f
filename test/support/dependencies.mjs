// Installs the npm packages of package-lock.json when they are not there, before `npm start` and `npm test`.
// Plain Node, no packages: this runs in a fresh clone. Says nothing when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestNode = [20, 19];
const root = fileURLToPath(new URL('../..', import.meta.url));

checkNode();
if (!installed()) install();

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  stop(`Node ${oldestNode.join('.')} or later is needed; this is Node ${process.versions.node}.`);
}

/** npm writes what it really installed into node_modules/.package-lock.json, as its last act. */
function installed() {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '' || entry.link) return true;
    const found = present[place];
    if (!found) return entry.optional === true; // for another platform
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false;
    return existsSync(path.join(root, place, 'package.json'));
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch (error) {
    if (file === 'package-lock.json') stop(`${file} cannot be read: ${error.message}`);
    return {};
  }
}

function install() {
  console.log('Installing npm packages (npm ci): node_modules does not hold what package-lock.json names.');
  const npm = process.env.npm_execpath; // the npm that runs this script, if one does
  const [file, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const args = [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(file, args, { cwd: root, stdio: 'inherit' });
  if (result.error) stop(`npm cannot be started: ${result.error.message}`);
  if (result.status !== 0) stop('npm ci failed; its message is above.');
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
