#!/usr/bin/env node
// Stands where virsh would be started and talks like one on a pipe: prompt, echo, marks. What it does wrong, $STRANGE
// says: at once (refuses, crashes, mute, babbles) or at commands that contain $STRANGE_AT (hangs, dies, half, garbage,
// lost, slowly, late). Each start adds a line with its LIBVIRT_AUTOSTART to the file $STRANGE_LOG.
// Its commands: `say WORDS` prints them, `fail WORDS` prints them as an error. Given a script of them and of `echo`s, it
// takes half a second for each that is strange, or hangs there.
import { Buffer } from 'node:buffer';
import { appendFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const { STRANGE: manner = '', STRANGE_AT: at = 'strange', STRANGE_LOG: log } = process.env;
const out = (text) => writeSync(1, text);
const error = (text) => writeSync(2, `error: ${text}\n`);
let late = Promise.resolve();
const forever = () => new Promise(() => setInterval(() => undefined, 1000));

if (log !== undefined) appendFileSync(log, `${process.env.LIBVIRT_AUTOSTART}\n`);
if (manner === 'refuses') {
  error('failed to connect to the hypervisor');
  error("Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied");
  process.exit(1);
}
if (manner === 'crashes') process.exit(139);
if (manner === 'mute') await forever();
if (manner === 'babbles') {
  process.stdout.on('error', () => process.exit(0));
  setInterval(() => process.stdout.write('virsh # ~b~e\\ <domain/> '.repeat(100)), 1);
  await forever();
}

const script = process.argv[process.argv.indexOf('--connect') + 2];
if (script !== undefined) {
  for (const command of script.split(';')) {
    if (command.includes(at)) await (manner === 'hangs' ? forever() : sleep(500));
    out(command.replace(/^\w+ /, ''));
  }
  process.exit(0);
}

out('virsh # ');
for await (const line of createInterface({ input: process.stdin, terminal: false })) {
  const [, mark, command] = /^echo ~\\(b[\w-]+\.\d+\.);(.*)$/.exec(line) ?? [];
  const strange = command?.includes(at) === true;
  const print = strange && manner === 'slowly' ? byteByByte : out;
  await print(`${line}\n`);
  if (command !== undefined) await answer(mark, command, strange ? manner : '', print);
  else if (line.startsWith('echo --err ')) {
    await late;
    error(line.slice('echo --err '.length).replace('\\', ''));
  } else await print(line.slice('echo '.length).replace('\\', ''));
  await print('virsh # ');
}

async function byteByByte(text) {
  for (const byte of Buffer.from(text)) {
    writeSync(1, Buffer.of(byte));
    await sleep(1);
  }
}

async function answer(mark, command, how, print) {
  const [, word, words] = /^(\w+) ?(.*)$/.exec(command) ?? [];
  const halfOfIt = words.slice(0, words.length / 2);
  if (how === 'hangs') await forever();
  if (how === 'garbage') {
    out(`\0\x1b[2J~b~e.${halfOfIt}\n`);
    await forever();
  }
  await print(`~${mark}`);
  if (how === 'lost') {
    error('Disconnected from qemu:///system due to end of file');
    error('End of file while reading data: Input/output error');
    return;
  }
  if (how === 'dies' || how === 'half') out(halfOfIt);
  if (how === 'dies') process.kill(process.pid, 'SIGKILL');
  if (how === 'half') await forever();
  if (word !== 'fail') await print(`${words}\n`);
  // As through a wrapper, whose two pipes do not keep pace with each other.
  else if (how === 'late') late = sleep(100).then(() => error(words));
  else error(words);
}
