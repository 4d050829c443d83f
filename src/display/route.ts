import { isLocal } from '../host/commandLine';
import type { OpenScreen } from './screen';

/** How a connection to a screen is made from here. */
export type Route =
  | { readonly by: 'socket'; readonly path: string }
  | { readonly by: 'port'; readonly address: string; readonly port: number }
  /** By an ssh that connects its input and output to the port there. */
  | { readonly by: 'ssh'; readonly args: readonly string[] }
  /** By an ssh that forwards a private socket here to the one there. */
  | { readonly by: 'sshSocket'; readonly path: string; readonly destination: readonly string[] };

/** The way to a screen on the host with this URI; undefined where there is none. */
export function routeTo(uri: string, screen: OpenScreen): Route | undefined {
  const destination = sshDestination(uri);
  if (destination !== undefined) {
    if (screen.kind === 'socket') return { by: 'sshSocket', path: screen.path, destination };
    const { address, port } = screen;
    const target = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    return { by: 'ssh', args: ['-T', '-W', target, ...destination] };
  }
  if (isLocal(uri)) return screen.kind === 'socket' ? { by: 'socket', path: screen.path } : direct(screen);
  return screen.kind === 'port' ? remote(uri, screen) : undefined;
}

/** A host behind libvirt's own transports: its ports are reached where they listen for others. */
function remote(uri: string, screen: OpenScreen & { kind: 'port' }): Route | undefined {
  const [, name] = /^[^:]+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?]+)/.exec(uri) ?? [];
  if (name === undefined) return undefined;
  if (screen.everywhere) return { by: 'port', address: name.replace(/^\[|\]$/g, ''), port: screen.port };
  return /^127\.|^::1$|^localhost$/.test(screen.address) ? undefined : direct(screen);
}

function direct({ address, port }: OpenScreen & { kind: 'port' }): Route {
  return { by: 'port', address, port };
}

/**
 * The last arguments of an ssh to the host of a URI, as libvirt itself would call it; undefined where that is not
 * reached by ssh. Nobody can answer a question here, so none is asked.
 */
function sshDestination(uri: string): string[] | undefined {
  const [, user, name, port, query = ''] =
    /^[a-z0-9]+\+(?:ssh|libssh2?):\/\/(?:([^@/]+)@)?(\[[0-9a-f:.%]+\]|[^:/?]+)(?::(\d+))?\/[^?]*(?:\?(.*))?$/i.exec(
      uri,
    ) ?? [];
  if (name === undefined) return undefined;
  const options = new URLSearchParams(query.replaceAll('+', '%2B'));
  const key = options.get('keyfile');
  return [
    ...['-o', 'BatchMode=yes'],
    ...(options.get('no_verify') === '1' ? ['-o', 'StrictHostKeyChecking=no'] : []),
    ...(key === null ? [] : ['-i', key]),
    ...(port === undefined ? [] : ['-p', port]),
    ...(user === undefined ? [] : ['-l', decodeURIComponent(user)]),
    ...['--', name.replace(/^\[|\]$/g, '')],
  ];
}
