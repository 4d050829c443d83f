import * as vscode from 'vscode';
import type { Node } from '../explorer/node';
import { Cancelled } from '../flows/ask';
import {
  askDomainOrVolume,
  findDomain,
  findVolume,
  freshTarget,
  hostOf,
  type Target,
} from '../flows/targets';
import { sizesOfBelongings } from '../host/belongings';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';
import { Refusal } from '../plan/plan';
import { removeAll, type Doomed, type Removal } from '../plan/remove';
import { removalText } from '../words/removal';
import { isNode, isScripted, readArguments } from './arguments';
import { carryOut, stillTrue } from './carryOut';
import type { Command, Deps } from './command';
import { namedDomainTarget } from './domainTarget';
import { domainOf, volumeOf } from './subject';

/** What is meant, by UUID and path, so that it is found again in a newer reading. */
interface Meant {
  readonly domains: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * *Delete…*: deletes virtual machines with the overlays that are theirs alone, or volumes, several at once, after a
 * question that lists everything with its size.
 */
export const deleteItems: Command = async (deps, argument, selection) => {
  const { host, lineage, subject } = await target(deps, argument, selection);
  const draft = (now: Lineage) => removeAll(doomedIn(now, subject), now);
  const removal = draft(lineage);
  if (!isScripted(argument)) await confirm(removal, doomedIn(lineage, subject), host);
  const plan = await stillTrue(removal.plan, host, (now) => draft(now).plan);
  await carryOut(plan, host, 'quiet', deps);
  const { outside } = removal;
  if (!isScripted(argument) && outside.length > 0) void tellOutside(removal);
  const paths = (volumes: readonly { readonly path: string }[]) => volumes.map(({ path }) => path);
  return { deleted: paths(removal.deleted), kept: [...removal.kept, ...paths(outside)] };
};

async function target(
  deps: Deps,
  argument: unknown,
  selection: readonly Node[] = [],
): Promise<Target<Meant>> {
  if (isNode(argument)) return ofNodes(argument.host, selection.includes(argument) ? selection : [argument]);
  const shape = { host: 'string', domain: 'string', volume: 'string' } as const;
  const given = readArguments(argument, shape);
  if (given?.volume !== undefined) {
    const path = given.volume;
    return freshTarget(await hostOf(deps.hosts, given.host), () => ({ domains: [], volumes: [path] }));
  }
  const title = vscode.l10n.t('Delete');
  if (given?.domain === undefined) {
    const { subject, ...where } = await askDomainOrVolume(deps.hosts, title);
    return {
      ...where,
      subject:
        'uuid' in subject
          ? { domains: [subject.uuid], volumes: [] }
          : { domains: [], volumes: [subject.path] },
    };
  }
  const found = await namedDomainTarget(deps, argument, given, title, 'off');
  return { ...found, subject: { domains: [found.subject.uuid], volumes: [] } };
}

function ofNodes(host: Host, nodes: readonly Node[]): Promise<Target<Meant>> {
  if (nodes.some((node) => node.host !== host)) {
    throw new Refusal(vscode.l10n.t('Only what is on one host can be deleted at once.'));
  }
  const domains = new Set(nodes.flatMap((node) => domainOf(node)?.uuid ?? []));
  const volumes = new Set(
    nodes.flatMap((node) => (node.kind === 'volume' ? (volumeOf(node)?.path ?? []) : [])),
  );
  if (domains.size + volumes.size === 0) {
    throw new Refusal(vscode.l10n.t('Select virtual machines or volumes to delete.'));
  }
  return freshTarget(host, () => ({ domains: [...domains], volumes: [...volumes] }));
}

function doomedIn(lineage: Lineage, { domains, volumes }: Meant): Doomed {
  return {
    domains: domains.map((uuid) => findDomain(lineage, uuid)),
    volumes: volumes.map((path) => findVolume(lineage, path)),
  };
}

async function confirm(removal: Removal, { domains, volumes }: Doomed, { uri }: Host): Promise<void> {
  const names = [...domains, ...volumes].map(({ name }) => name);
  const question =
    names.length === 1
      ? vscode.l10n.t('Delete {0}?', names[0] ?? '')
      : vscode.l10n.t('Delete {0} items? {1}', names.length, names.join(', '));
  const sizes = await sizesOfBelongings(uri, domains, process.env);
  const detail = removalText(removal, domains, vscode.env.language, sizes);
  const verb = vscode.l10n.t('Delete');
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, verb)) !== verb)
    throw new Cancelled();
}

/** Files that libvirt cannot delete are not forgotten silently. */
async function tellOutside({ outside }: Removal): Promise<void> {
  const paths = outside.map(({ path }) => path).join('\n');
  const copy = vscode.l10n.t('Copy Paths');
  const message = vscode.l10n.t('These files lie in no storage pool and are still there: {0}', paths);
  if ((await vscode.window.showWarningMessage(message, copy)) === copy)
    await vscode.env.clipboard.writeText(paths);
}
