import type { Look } from './node';

/**
 * A look that is made when somebody looks. Most nodes look as before when a host has changed: which of them, the facts
 * tell that their looks are made of, at a tenth of the time.
 */
export class LazyLook {
  private made: Look | undefined;

  /** @param facts everything that the look depends on; what is the same value tells the same */
  constructor(
    private readonly facts: readonly unknown[],
    private make: () => Look,
  ) {}

  get look(): Look {
    return this.made ?? this.take(this.make());
  }

  /** Whether it is made of the same facts as a known one; it then takes over what was made of them. */
  isLike({ facts, made }: LazyLook): boolean {
    const same =
      facts.length === this.facts.length && facts.every((fact, index) => Object.is(fact, this.facts[index]));
    if (same && made !== undefined) this.take(made);
    return same;
  }

  private take(look: Look): Look {
    this.made = look;
    // The function before it holds all that was known of the host when it was drawn.
    this.make = () => look;
    return look;
  }
}
