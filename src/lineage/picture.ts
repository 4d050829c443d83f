import { isActive, type Domain } from '../host/domain';
import type { Volume } from '../host/volume';
import { Health, type Finding } from './health';
import type { Lineage } from './lineage';
import { templateReason } from './template';

/** A machine, or an image that no machine has, in the picture of who stands on whom. Sizes in bytes. */
export interface PictureNode {
  /** `domain/UUID` or `volume/PATH`. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'template' | 'machine' | 'volume';
  readonly domain: Domain | undefined;
  readonly running: boolean;
  /** What its own images take. */
  readonly own: number;
  /** What it reads from images below, and does not take itself. */
  readonly shared: number;
  /** The most serious thing that is wrong with it, hints left out. */
  readonly finding: Finding | undefined;
  readonly children: readonly PictureNode[];
}

/** The picture of a host: trees of what stands on something or is stood on, and what all links save together. */
export interface Picture {
  readonly roots: readonly PictureNode[];
  readonly saved: number;
}

/** Who stands on whom on a host. Machines that neither stand on anything nor are stood on are left out. */
export function pictureOf(lineage: Lineage, namePattern: RegExp | undefined): Picture {
  const painter = new Painter(lineage, namePattern);
  const roots = painter.roots();
  const saved = sum(roots.flatMap(flat).map(({ shared }) => shared));
  return { roots, saved };
}

/** A node and all below it. */
export function flat(node: PictureNode): PictureNode[] {
  return [node, ...node.children.flatMap(flat)];
}

class Painter {
  private readonly health: Health;
  private readonly painted = new Set<string>();

  constructor(
    private readonly lineage: Lineage,
    private readonly namePattern: RegExp | undefined,
  ) {
    this.health = new Health(lineage);
  }

  roots(): PictureNode[] {
    const { lineage } = this;
    const images = [...lineage.images].filter(
      ({ path, backing }) => backing !== undefined || lineage.overlaysOf(path).length > 0,
    );
    // What stands on something that is known hangs below it; what is left then stands on itself in a loop.
    const bottoms = images.filter(({ path }) =>
      lineage.chain(path).every((below) => lineage.volume(below) === undefined),
    );
    return byName([...bottoms, ...images].flatMap((image) => this.of(image)));
  }

  /** The machines that write to an image, or the image itself where there is none; each is painted once. */
  private of(image: Volume): PictureNode[] {
    const owners = this.lineage.usersOf(image.path).filter((user) => this.lineage.writesTo(user, image.path));
    if (owners.length === 0) return this.once(`volume/${image.path}`, (id) => this.volume(id, image));
    return owners.flatMap((owner) => this.once(`domain/${owner.uuid}`, (id) => this.machine(id, owner)));
  }

  private once(id: string, paint: (id: string) => PictureNode): PictureNode[] {
    if (this.painted.has(id)) return [];
    this.painted.add(id);
    return [paint(id)];
  }

  private volume(id: string, image: Volume): PictureNode {
    return {
      id,
      name: image.name,
      kind: 'volume',
      domain: undefined,
      running: false,
      finding: serious(this.health.ofImage(image.path)),
      ...this.sizes([image]),
      children: this.above([image]),
    };
  }

  private machine(id: string, domain: Domain): PictureNode {
    const images = this.lineage.imagesOf(domain).flatMap((path) => this.lineage.volume(path) ?? []);
    return {
      id,
      name: domain.name,
      kind: templateReason(domain, this.lineage, this.namePattern) === undefined ? 'machine' : 'template',
      domain,
      running: isActive(domain),
      finding: serious(this.health.ofDomain(domain)),
      ...this.sizes(images),
      children: this.above(images),
    };
  }

  private above(images: readonly Volume[]): PictureNode[] {
    return byName(
      images.flatMap(({ path }) => this.lineage.overlaysOf(path)).flatMap((image) => this.of(image)),
    );
  }

  private sizes(images: readonly Volume[]): { own: number; shared: number } {
    const below = new Set(images.flatMap(({ path }) => this.lineage.chain(path)));
    const levels = [...below].flatMap((path) => this.lineage.volume(path) ?? []);
    return {
      own: sum(images.map(({ allocation }) => allocation)),
      shared: sum(levels.map(({ allocation }) => allocation)),
    };
  }
}

function serious(findings: readonly Finding[]): Finding | undefined {
  return findings.find(({ severity }) => severity !== 'hint');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function byName(nodes: readonly PictureNode[]): PictureNode[] {
  return [...nodes].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}
