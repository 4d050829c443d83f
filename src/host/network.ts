/** A virtual network of the host. */
export interface Network {
  readonly name: string;
  readonly active: boolean;
}
