#!/usr/bin/env node
// Stands where a program would be started: writes the arguments it got to the file named first, as JSON. With `wait`
// as second argument it then stays until it is ended.
import { writeFileSync } from 'node:fs';

const [file, ...rest] = process.argv.slice(2);
writeFileSync(file, JSON.stringify(rest));
if (rest[0] === 'wait') setInterval(() => undefined, 1000);
