import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Lab } from '../support/lab';

/**
 * What others do to read a host, in Python on libvirt's own binding: one process and one connection that stay open.
 * It is Debian's Python, for whose version the binding was made.
 */
export class PythonOracle {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: Interface;

  constructor(lab: Lab) {
    this.child = spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'oracle.py')], {
      env: { ...lab.env, LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.lines = createInterface(this.child.stdout);
  }

  /**
   * @param what `read`: the XML of everything, by the binding; `virtinst`: the same as virt-clone does it
   * @returns how long it took, in milliseconds by its own clock
   */
  async time(what: 'read' | 'virtinst'): Promise<number> {
    this.child.stdin.write(`${what}\n`);
    const [line] = (await Promise.race([
      once(this.lines, 'line'),
      once(this.child, 'exit').then(() => {
        throw new Error('Python ended');
      }),
    ])) as [string];
    return Number(line);
  }

  async dispose(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.stdin.end();
    await once(this.child, 'exit');
  }
}
