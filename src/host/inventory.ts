import type { Domain } from './domain';
import type { Network } from './network';
import type { Pool } from './pool';

/** Everything a host shows, at one moment. Nothing in it is ever changed: the next reading makes a new one. */
export interface Inventory {
  readonly uri: string;
  readonly pools: readonly Pool[];
  readonly domains: readonly Domain[];
  readonly networks: readonly Network[];
}
