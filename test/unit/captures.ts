import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keeperCommands } from '../../src/host/baggage';

/** The libvirt versions whose output lies in fixtures/, see fixtures/README.md. */
export const versions = ['7.0.0', '9.0.0', '11.3.0'] as const;
export type Version = (typeof versions)[number];

interface Saved {
  readonly exitCode: number;
  /** Name of the file that holds stdout; '' where the command printed nothing. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A captured file as text. */
export function capture(version: Version, file: string): string {
  return readFileSync(path.join(import.meta.dirname, 'fixtures', version, file), 'utf8');
}

/** What virsh printed for each command of the capture. */
export function replies(version: Version): Map<string, { stdout: string; stderr: string }> {
  const saved = JSON.parse(capture(version, 'commands.json')) as Record<string, Saved>;
  const said = new Map(
    Object.entries(saved).map(([command, { stdout, stderr }]) => [
      command,
      // In a batch virsh ends every command with a newline, also one that failed.
      { stdout: stdout === '' ? '\n' : capture(version, stdout), stderr },
    ]),
  );
  // The capture asked for those that stay; the others are what is asked for now.
  const linesOf = (command: string) => (said.get(command)?.stdout ?? '').split('\n');
  const persistent = new Set(linesOf('list --all --persistent --uuid').map((line) => line.trim()));
  const transient = linesOf('list --all --uuid --name')
    .map((line) => line.slice(0, 36))
    .filter((uuid) => uuid !== '' && !persistent.has(uuid));
  said.set('list --all --transient --uuid', { stdout: `${transient.join('\n')}\n\n`, stderr: '' });
  // Of the machines of the capture none has any of these, or another definition for its next start.
  for (const command of keeperCommands)
    if (!said.has(command)) said.set(command, { stdout: '\n', stderr: '' });
  for (const [command, reply] of [...said]) {
    const uuid = /^dumpxml --domain (\S+)$/.exec(command)?.[1];
    if (uuid !== undefined) said.set(`dumpxml --inactive --domain ${uuid}`, reply);
  }
  return said;
}

/** The words with which each failing command of the capture ended. */
export function errorsOf(version: Version): Record<string, { exitCode: number; stderr: string }> {
  return JSON.parse(capture(version, 'errors.json')) as Record<string, { exitCode: number; stderr: string }>;
}

interface Batch {
  readonly commands: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A captured batch; in it `@@MARKER` stands for the marker. */
export function batchOf(version: Version, file: string): Batch {
  return JSON.parse(capture(version, file)) as Batch;
}
