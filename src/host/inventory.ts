import type { Domain } from './domain';
import type { ImageFacts } from './imageFacts';
import type { Network } from './network';
import type { Pool } from './pool';
import type { Volume } from './volume';

/** Everything a host shows, at one moment. Nothing in it is ever changed: the next reading makes a new one. */
export interface Inventory {
  readonly uri: string;
  readonly pools: readonly Pool[];
  readonly domains: readonly Domain[];
  readonly networks: readonly Network[];
  /** Images that machines use and no active pool knows, as far as their headers can be read from here. */
  readonly loose?: readonly Volume[];
  /** Images that machines use, no active pool knows, and that may not be read from here. */
  readonly hidden?: readonly string[];
  /** The one name of each image that has several (links of any kind, mounts), by its others; only on this machine. */
  readonly realPaths?: ReadonlyMap<string, string>;
  /** What the file system of this machine knows of images beyond what libvirt tells, by their paths. */
  readonly facts?: ReadonlyMap<string, ImageFacts>;
}
