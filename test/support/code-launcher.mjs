#!/usr/bin/env node
// Stands in for the desktop VS Code's executable where there is none: see codeLauncher.ts.
import { register as registerCommonJs } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

registerCommonJs();
register();
const { launchCode } = await import('./codeLauncher.ts');
process.exit(await launchCode(process.argv.slice(2)));
