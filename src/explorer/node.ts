import type { Domain, Snapshot } from '../host/domain';
import type { Host } from '../host/host';
import type { Finding } from '../lineage/health';
import type { Network } from '../host/network';
import type { Pool } from '../host/pool';
import type { Volume } from '../host/volume';
import type { LazyLook } from './lazyLook';

/** How a node looks: everything of a tree item that is not VS Code's business. */
export interface Look {
  readonly label: string;
  readonly description: string;
  /** Lines of plain text. */
  readonly tooltip: readonly string[];
  /** A codicon, with a colour of the theme where its meaning is more than its shape; the words say the same. */
  readonly icon: string;
  readonly color?: string;
  /** What a screen reader says: name, kind and state. */
  readonly spoken: string;
  readonly context: string;
  /** Whether the node is open when it is first seen. */
  readonly open?: boolean;
}

interface Common {
  /** Built from identity, never from state or label, so that selection and expansion survive a refresh. */
  readonly id: string;
  readonly look: Look;
  /** What makes the look, where there are many such nodes. */
  readonly lazy?: LazyLook;
  readonly host: Host;
  readonly parent: Node | undefined;
  children: readonly Node[];
}

export interface HostNode extends Common {
  readonly kind: 'host';
}
export interface GroupNode extends Common {
  readonly kind: 'group';
}
export interface DomainNode extends Common {
  readonly kind: 'domain';
  readonly domain: Domain;
}
/** A snapshot of a machine; those made after it lie below it. */
export interface SnapshotNode extends Common {
  readonly kind: 'snapshot';
  readonly domain: Domain;
  readonly snapshot: Snapshot;
}
export interface PoolNode extends Common {
  readonly kind: 'pool';
  readonly pool: Pool;
}
/** A virtual network; what is plugged into it does not start while it is not active. */
export interface NetworkNode extends Common {
  readonly kind: 'network';
  readonly network: Network;
}
export interface VolumeNode extends Common {
  readonly kind: 'volume';
  /** Undefined for an image that lies in none. */
  readonly pool: Pool | undefined;
  readonly volume: Volume;
}
/** A node that says what is wrong with an image, and whose remedy is about it or its machine. */
export interface ProblemNode extends Common {
  readonly kind: 'problem';
  readonly finding: Finding;
}
/** A node that only says something: an error above the last good data. */
export interface MessageNode extends Common {
  readonly kind: 'message';
}

export type Node =
  | HostNode
  | GroupNode
  | DomainNode
  | SnapshotNode
  | PoolNode
  | NetworkNode
  | VolumeNode
  | ProblemNode
  | MessageNode;
