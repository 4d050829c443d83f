import { parseXml, type XmlElement } from '../host/xml';

/** How a running machine shows its screen, as its definition says. */
export type Screen =
  /** By VNC on a Unix socket of its host. */
  | { readonly kind: 'socket'; readonly path: string }
  /** By VNC on a port of its host; the address is one that is reached from there. */
  | { readonly kind: 'port'; readonly address: string; readonly port: number; readonly everywhere: boolean }
  /** By VNC, on a port that libvirt has not given to it yet. */
  | { readonly kind: 'pending' }
  /** By VNC that listens nowhere: only libvirt's own library can hand out a connection. */
  | { readonly kind: 'unlistened' }
  /** In another way than VNC: `spice`, `rdp`… */
  | { readonly kind: 'foreign'; readonly type: string }
  | { readonly kind: 'none' };

/** A screen that can be connected to. */
export type OpenScreen = Extract<Screen, { kind: 'socket' | 'port' }>;

/** What the definition of a running machine says of its screen. */
export interface ScreenFacts {
  readonly screen: Screen;
  /** Asked for by its VNC server; in the definition only where libvirt was asked for secrets too. */
  readonly password: string | undefined;
  /** Whether something in the machine may take and give its clipboard. */
  readonly clipboard: boolean;
}

// What is shown by another process or to nobody: no screen of its own.
const noScreens = ['egl-headless', 'sdl', 'desktop'];

/**
 * Reads what `virsh dumpxml --security-info` prints of a running machine.
 * @throws Error if the text is not a domain's XML
 */
export function screenFacts(xml: string): ScreenFacts {
  const devices = parseXml(xml).first('devices');
  const graphics = devices?.all('graphics') ?? [];
  const vnc = graphics.find((one) => one.attribute('type') === 'vnc');
  const agents = devices?.all('channel').filter((one) => one.attribute('type') === 'qemu-vdagent') ?? [];
  return {
    screen: vnc === undefined ? withoutVnc(graphics) : vncScreen(vnc),
    password: vnc?.attribute('passwd'),
    clipboard: agents.some((agent) => agent.first('source', 'clipboard')?.attribute('copypaste') === 'yes'),
  };
}

function withoutVnc(graphics: readonly XmlElement[]): Screen {
  const type = graphics
    .map((one) => one.attribute('type'))
    .find((one) => one !== undefined && !noScreens.includes(one));
  return type === undefined ? { kind: 'none' } : { kind: 'foreign', type };
}

function vncScreen(vnc: XmlElement): Screen {
  const listens = vnc.all('listen');
  const path = vnc.attribute('socket') ?? listens.map((one) => one.attribute('socket')).find(isGiven);
  if (path !== undefined) return { kind: 'socket', path };
  const types = listens.map((one) => one.attribute('type'));
  if (types.includes('socket')) return { kind: 'pending' };
  if (types.includes('none')) return { kind: 'unlistened' };
  const port = Number(vnc.attribute('port') ?? -1);
  if (!(port > 0)) return { kind: 'pending' };
  const listen = vnc.attribute('listen') ?? listens.map((one) => one.attribute('address')).find(isGiven);
  const everywhere = listen === '0.0.0.0' || listen === '::';
  const loopback = listen === '::' ? '::1' : '127.0.0.1';
  return { kind: 'port', address: everywhere ? loopback : (listen ?? loopback), port, everywhere };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined;
}
