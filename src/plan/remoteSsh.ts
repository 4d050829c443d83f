/** Where the extension Remote - SSH opens a window: a guest's user and address. */
export interface RemoteLogin {
  readonly user: string;
  readonly address: string;
  readonly port?: number;
}

/**
 * The authority of Remote - SSH for a login. What cannot be written as `user@address` goes as hexadecimal JSON, its
 * other form: URIs would split an IPv6 address at its colons, and turn capital letters into small ones.
 */
export function remoteAuthority({ user, address, port }: RemoteLogin): string {
  const plain = /^[a-z0-9._-]+$/;
  const login =
    plain.test(user) && plain.test(address)
      ? `${user}@${address}${port === undefined ? '' : `:${port}`}`
      : Buffer.from(JSON.stringify({ hostName: address, user, port })).toString('hex');
  return `ssh-remote+${login}`;
}
