import type { AskAll } from './reader';

const command = 'domstats --vcpu --balloon --block --list-inactive';

/**
 * Tells which machines were edited while they were off. libvirt raises no event when devices, memory or vCPUs of a
 * definition are changed, but it tells all of them in one round trip. Machines that run are not asked: one whose QEMU
 * hangs would hold the question up.
 */
export class Edits {
  private known = new Map<string, string>();

  constructor(
    private readonly ask: AskAll,
    private readonly signal: AbortSignal,
  ) {}

  /** The names of machines that are defined otherwise than when this was last asked; none the first time. */
  async since(): Promise<ReadonlySet<string>> {
    const [reply] = await this.ask([command], { signal: this.signal });
    // A libvirt that cannot tell says why.
    if (reply === undefined || reply.stdout.trim() === '') return new Set();
    const before = this.known;
    this.known = byName(reply.stdout);
    return new Set(
      [...this.known].flatMap(([name, text]) => ((before.get(name) ?? text) === text ? [] : [name])),
    );
  }
}

/** What `domstats` prints below each `Domain: 'NAME'`. */
function byName(printed: string): Map<string, string> {
  const parts = printed.split(/^Domain: '(.*)'$/m).slice(1);
  const texts = new Map<string, string>();
  for (let at = 0; at + 1 < parts.length; at += 2) texts.set(parts[at] ?? '', parts[at + 1]?.trim() ?? '');
  return texts;
}
