import * as l10n from '@vscode/l10n';
import { Refusal } from './plan';

/** Who a clone is to be, as cloud-init in the guest is told it at the first start. */
export interface CloudInit {
  /** Undefined: after the machine. */
  readonly hostName: string | undefined;
  /** Undefined: the image's own user. */
  readonly user: string | undefined;
  /** Public keys, one line each, as in `authorized_keys`. */
  readonly sshKeys: readonly string[];
  /** What a person has written for cloud-init besides: of any kind that its first line names. */
  readonly userData: string | undefined;
}

/** The files of a NoCloud seed. */
export interface SeedFiles {
  readonly metaData: string;
  readonly userData: string;
}

/**
 * What the seed of a clone holds. Both files are JSON, which YAML reads, so that nothing has to be quoted.
 * @param instance tells cloud-init that the machine is a new one
 * @throws Refusal for a host name that no host can have, and for user-data of no kind that cloud-init knows
 */
export function seedFiles(wish: CloudInit, machine: string, instance: string): SeedFiles {
  const hostName = wish.hostName ?? hostNameOf(machine);
  const problem = hostNameProblem(hostName);
  if (problem !== undefined) throw new Refusal(problem);
  checkMore(wish.userData);
  return {
    metaData: `${JSON.stringify({ 'instance-id': instance, 'local-hostname': hostName }, undefined, 2)}\n`,
    userData: withMore(cloudConfig(wish), wish.userData, instance),
  };
}

/** The host name for a machine: what is left of its name, which may be empty. */
export function hostNameOf(machine: string): string {
  const plain = machine.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}

/** Why a host cannot be called so (RFC 1123); undefined if it can. */
export function hostNameProblem(name: string): string | undefined {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  if (name.length <= 253 && name.split('.').every((part) => label.test(part))) return undefined;
  return l10n.t('A host cannot be called "{0}": use letters, digits and hyphens.', name);
}

/** Why a user cannot be called so (useradd(8)); undefined if they can. */
export function userNameProblem(name: string): string | undefined {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) return undefined;
  return l10n.t('A user cannot be called "{0}": use small letters, digits, _ and -.', name);
}

function cloudConfig({ user, sshKeys }: CloudInit): string {
  const keys = sshKeys.length === 0 ? {} : { ssh_authorized_keys: sshKeys };
  const account = { name: user, shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD:ALL', lock_passwd: true };
  const config = {
    // cloud-init makes new host keys itself, but keeps the machine-id of an image that was started before.
    bootcmd: [['cloud-init-per', 'instance', 'machine-id', 'sh', '-c', newMachineId]],
    ssh_deletekeys: true,
    growpart: { mode: 'auto', devices: ['/'] },
    ...(user === undefined ? keys : { users: [{ ...account, ...keys }] }),
  };
  return `#cloud-config\n${JSON.stringify(config, undefined, 2)}\n`;
}

// The one of D-Bus would be taken for the new one, unless it is a link to it.
const newMachineId =
  'rm -f /etc/machine-id; [ -L /var/lib/dbus/machine-id ] || rm -f /var/lib/dbus/machine-id; systemd-machine-id-setup';

// cloud-init passes over a text of another kind, with a line in its log that nobody reads.
const kinds = /^(#cloud-(config|boothook)|#include|#part-handler|#!|## template: *jinja)/;

function checkMore(more: string | undefined): void {
  if (more === undefined || more.trim() === '' || kinds.test(more)) return;
  throw new Refusal(
    l10n.t(
      'cloud-init does not know what this user-data is: its first line must be like {0} or {1}.',
      '#cloud-config',
      '#!/bin/sh',
    ),
  );
}

/** cloud-init tells the kind of each part by its first line; what a later one says holds. */
function withMore(config: string, more: string | undefined, instance: string): string {
  if (more === undefined || more.trim() === '') return config;
  const boundary = `part-${instance}`;
  const part = (text: string) =>
    `--${boundary}\nContent-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n${text}\n`;
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n`;
  return `${head}${part(config)}${part(more)}--${boundary}--\n`;
}
