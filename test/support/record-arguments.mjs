#!/usr/bin/env node
// Stands where a program would be started: writes the arguments it got to the file named first, as JSON. With `wait`
// as second argument it writes its process id and stays until it is ended.
import { writeFileSync } from 'node:fs';

const [file, ...rest] = process.argv.slice(2);
const waits = rest[0] === 'wait';
writeFileSync(file, waits ? String(process.pid) : JSON.stringify(rest));
if (waits) setInterval(() => undefined, 1000);
