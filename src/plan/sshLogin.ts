/** Where a guest is, and how to get in. */
export interface SshLogin {
  readonly user: string;
  /** An address of the guest, as the host sees it. */
  readonly address: string;
  /** The machine's UUID: the name under which its key is known, because addresses pass from clone to clone. */
  readonly uuid: string;
  /** Where keys of guests are kept, so that the user's own `known_hosts` never fills with those of throw-away clones. */
  readonly knownHosts: string;
  /** The host's own ssh destination, where the guest can only be reached through it. */
  readonly jump: string | undefined;
}

/** The arguments of ssh for a login on a guest. A key that is new is taken, one that has changed is refused. */
export function sshArguments({ user, address, uuid, knownHosts, jump }: SshLogin): string[] {
  return [
    ...['-o', `UserKnownHostsFile=${quoted(knownHosts)}`],
    ...['-o', `HostKeyAlias=${uuid}`],
    ...['-o', 'StrictHostKeyChecking=accept-new'],
    ...(jump === undefined ? [] : ['-J', jump]),
    ...['-l', user, '--', address],
  ];
}

/** The ssh destination (`user@host:port`) of a `qemu+ssh` URI; undefined where the host is reached in another way. */
export function jumpOf(uri: string): string | undefined {
  const [, user, name, port] =
    /^[a-z0-9]+\+ssh:\/\/(?:([^@/]+)@)?(\[[0-9a-f:.%]+\]|[^:/?]+)(?::(\d+))?\//i.exec(uri) ?? [];
  if (name === undefined) return undefined;
  const login = user === undefined ? '' : `${decodeURIComponent(user)}@`;
  return `${login}${name}${port === undefined ? '' : `:${port}`}`;
}

/** A file name as a value of ssh's configuration, which splits it at blanks and expands `%`. */
function quoted(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`;
}
