import { setImmediate } from 'node:timers/promises';
import { CommandError } from '../../src/host/errors';
import { Host, type Connection } from '../../src/host/host';
import type { Run } from '../../src/host/process';
import { domainXml } from '../support/domainXml';
import { uuid } from './builders';

/** A machine as a fake libvirt knows it. */
export interface FakeMachine {
  readonly uuid: string;
  readonly name: string;
  readonly disk: string;
  /** The number of its state in `domstats`. */
  state: number;
  /** What changes when somebody edits it. */
  vcpus: number;
}

export interface FakePool {
  readonly uuid: string;
  readonly name: string;
  readonly path: string;
  /** Names; all but the first are overlays on it. */
  readonly volumes: string[];
}

const shutoff = 5;

/** A libvirt in memory, asked as sessions ask one: it remembers what it was asked, and by how many processes. */
export class FakeLibvirt implements Connection {
  readonly asked: string[] = [];
  processes = 0;
  /** Replaces replies; undefined lets a question be answered as ever. */
  instead: (command: string) => string | Promise<string> | undefined = () => undefined;
  /** What follows every definition of a machine in its metadata. */
  metadata = '';

  constructor(
    readonly pools: readonly FakePool[],
    readonly machines: FakeMachine[],
  ) {}

  /** Linked clones of one template, all in the first pool, which has other volumes too. */
  static crowd({ volumes, domains }: { volumes: number; domains: number }): FakeLibvirt {
    const names = Array.from({ length: volumes }, (_, index) => `image-${index}.qcow2`);
    const path = '/fake/default';
    return new FakeLibvirt(
      [fakePool(1, 'default', path, names)],
      Array.from({ length: domains }, (_, index) =>
        fakeMachine(index, `machine ${index}`, `${path}/${names[index]}`),
      ),
    );
  }

  /** A host on another machine, whose files cannot be seen here. */
  host(): Host {
    return new Host('qemu+tls://fake/system', this.run, this);
  }

  readonly run: Run = (spec) => {
    this.processes++;
    return Promise.reject(new CommandError('other', spec, 1, "error: unknown command: 'complete'"));
  };

  readonly askAll: Connection['askAll'] = async (commands, { onReply } = {}) => {
    this.asked.push(...commands);
    const replies = [];
    for (const [index, command] of commands.entries()) {
      // A pipe too lets others have their turn now and then.
      if (index % 10 === 0) await setImmediate();
      const reply = { stdout: (await this.instead(command)) ?? this.answer(command), stderr: '' };
      replies.push(reply);
      onReply?.(reply, index);
    }
    return replies;
  };

  dispose(): void {
    return undefined;
  }

  private answer(command: string): string {
    const { machines, pools } = this;
    if (command === 'list --all --uuid --name')
      return machines.map(({ uuid, name }) => `${uuid} ${name}\n`).join('');
    if (command === 'pool-list --all --uuid --name')
      return pools.map(({ uuid, name }) => `${uuid} ${name}   \n`).join('');
    if (command === 'pool-list --uuid') return pools.map(({ uuid }) => `${uuid}\n`).join('');
    if (command === 'domstats --state') return machines.map(stateOf).join('');
    if (command.startsWith('domstats --vcpu')) return machines.map(fingerprintOf).join('');
    const [, quoted, plain = ''] = / (?:'([^']*)'|([^' ]+))$/.exec(command) ?? [];
    const word = quoted ?? plain;
    const machine = machines.find(({ uuid, name }) => uuid === word || name === word);
    if (machine !== undefined) {
      if (command.startsWith('dumpxml'))
        return domainXml(machine.name, machine.uuid, machine.disk, {})
          .replace('<vcpu>1<', `<vcpu>${machine.vcpus}<`)
          .replace('</metadata>', `${this.metadata}</metadata>`);
      if (command.startsWith('dominfo')) return `UUID: ${machine.uuid}\nPersistent: yes\n`;
      if (command.startsWith('domstats --state --domain')) return stateOf(machine);
    }
    const pool = pools.find(({ uuid }) => uuid === word);
    if (command.startsWith('pool-dumpxml') && pool !== undefined) return poolXml(pool);
    if (command.startsWith('vol-list') && pool !== undefined)
      return pool.volumes.map((name) => ` ${name}   ${pool.path}/${name}\n`).join('');
    if (command.startsWith('vol-dumpxml')) return this.volumeXml(word);
    return '';
  }

  private volumeXml(path: string): string {
    const [, directory = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const [base = ''] = this.pools.find((pool) => pool.path === directory)?.volumes ?? [];
    const permissions = '<permissions><mode>0644</mode><owner>0</owner><group>0</group></permissions>';
    const backing =
      name === base
        ? ''
        : `<backingStore><path>${directory}/${base}</path><format type='qcow2'/>${permissions}</backingStore>`;
    return `<volume type='file'><name>${name}</name><key>${path}</key>
      <capacity unit='bytes'>1073741824</capacity><allocation unit='bytes'>200704</allocation>
      <target><path>${path}</path><format type='qcow2'/>${permissions}<compat>1.1</compat></target>${backing}</volume>`;
  }
}

export function fakePool(number: number, name: string, path: string, volumes: string[]): FakePool {
  return { uuid: uuid(900_000 + number), name, path, volumes };
}

export function fakeMachine(number: number, name: string, disk: string): FakeMachine {
  return { uuid: uuid(number), name, disk, state: shutoff, vcpus: 1 };
}

function stateOf({ name, state }: FakeMachine): string {
  return `Domain: '${name}'\n  state.state=${state}\n\n`;
}

function fingerprintOf({ name, state, vcpus }: FakeMachine): string {
  return state === shutoff ? `Domain: '${name}'\n  vcpu.maximum=${vcpus}\n\n` : '';
}

function poolXml({ uuid, name, path }: FakePool): string {
  return `<pool type='dir'><name>${name}</name><uuid>${uuid}</uuid><capacity unit='bytes'>1</capacity>
    <allocation unit='bytes'>1</allocation><available unit='bytes'>1</available><target><path>${path}</path></target></pool>`;
}
