import * as vscode from 'vscode';
import { writableDisks, type Domain } from '../host/domain';
import { isPresent } from '../host/files';
import type { Host } from '../host/host';
import type { Pool } from '../host/pool';
import type { Lineage } from '../lineage/lineage';
import { baseOf, overlayName } from '../plan/cloneDisks';
import { expand } from '../plan/cloneNames';
import type { Method } from '../plan/machine';
import { domainNameProblem, freeName, virtInstallNameProblem, virtToolsPathProblem } from '../plan/names';
import { namesIn } from '../plan/overlay';
import { input } from './ask';

/** What a name must get along with. */
export interface NameWorld {
  readonly template: Domain;
  readonly lineage: Lineage;
  readonly host: Host;
  readonly method: Method;
  /** Undefined: that of the template's first disk. */
  readonly pool: Pool | undefined;
}

/**
 * Asks for the name of a clone or the pattern of several (`web-{01..12}`), refusing what could not be made. Of a
 * pattern, names that are taken are left out; a single one that is taken is refused.
 * @throws Cancelled
 */
export function askCloneName(title: string, world: NameWorld, present: string): Promise<string> {
  const prompt = vscode.l10n.t(
    'Name of the linked clone of {0}; several with a range such as web-{1}',
    world.template.name,
    '{01..12}',
  );
  const taken = takenBy(world);
  return input(title, prompt, present, async (wish) => {
    const names = expand(wish);
    if (typeof names === 'string') return names;
    const free = names.filter((name) => taken(name) === undefined);
    if (free.length === 0) return taken(names[0] ?? '');
    const invalid = free
      .map((name) => problemOf(name, world.method))
      .find((problem) => problem !== undefined);
    if (invalid !== undefined || names.length > 1) return invalid;
    const path = `${poolOf(world)?.path ?? ''}/${overlayName(wish, '', true)}`;
    return world.host.local && (await isPresent(path))
      ? vscode.l10n.t('There is already a file {0}.', path)
      : undefined;
  });
}

/** A name that nobody has: after what the template is called without its prefix. */
export function proposedName(world: NameWorld): string {
  const { template } = world;
  const taken = takenBy(world);
  const stem = template.name.replace(/^(plantilla|template)[-_](?=.)/, '');
  const free = (name: string) => taken(name) === undefined && problemOf(name, world.method) === undefined;
  const takenOnly = taken(stem) !== undefined;
  return stem !== template.name && (free(stem) || takenOnly)
    ? freeName(stem, free)
    : freeName(`${template.name}-clone`, free);
}

/** Tells who has a name: a machine or an image. */
export function takenBy(world: NameWorld): (name: string) => string | undefined {
  const domains = new Set(world.lineage.inventory.domains.map((domain) => domain.name));
  const pool = poolOf(world);
  const volumes = namesIn(pool);
  return (name) => {
    if (domains.has(name)) return domainNameProblem(name, domains);
    const file = overlayName(name, '', true);
    return volumes.has(file)
      ? vscode.l10n.t('There is already a file {0}.', `${pool?.path ?? ''}/${file}`)
      : undefined;
  };
}

function poolOf({ template, lineage, pool }: NameWorld): Pool | undefined {
  const disk = writableDisks(template)[0];
  return pool ?? (disk === undefined ? undefined : lineage.poolOf(baseOf(disk, lineage)));
}

/** Why no clone can have this name by this method, whoever has it or not. */
function problemOf(name: string, method: Method): string | undefined {
  return (
    domainNameProblem(name, new Set()) ??
    (method === 'define' ? undefined : virtToolsPathProblem(name)) ??
    (method === 'virt-install' ? virtInstallNameProblem(name) : undefined)
  );
}
