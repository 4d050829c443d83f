import { posix } from 'node:path';
import * as l10n from '@vscode/l10n';
import { virsh } from '../host/commandLine';
import { parseXml } from '../host/xml';
import type { Lineage } from '../lineage/lineage';
import type { LinkedCloneAnswers } from './linkedClone';
import { Refusal, type Step } from './plan';
import { poolAround, type PoolAround } from './transientPool';
import { identityOf } from './identity';

/** How a clone comes to UEFI variables of its own. */
export interface NvramPlan {
  /** The clone's file, where its definition has to name it. */
  readonly path: string | undefined;
  readonly pools: readonly PoolAround[];
  readonly copy: readonly Step[];
  /** What the copy takes. */
  readonly bytes: number;
}

/**
 * UEFI variables hold the boot entries and the keys of Secure Boot; without a copy the clone would start with those of
 * the firmware's template (HAZARDS 30). libvirt copies the file itself, in a pool around its directory: only root may
 * read it on a system's libvirt, and it may be on another host.
 * @throws Refusal where they are nowhere a copy could be made of
 */
export function planNvram(answers: LinkedCloneAnswers, lineage: Lineage): NvramPlan {
  const { template, facts, name } = answers;
  const none = { path: undefined, pools: [], copy: [], bytes: 0 };
  if (!template.nvram) return none;
  const os = parseXml(facts.definition).first('os');
  const source = os?.first('nvram', 'source');
  if (facts.nvram === undefined) {
    if (source === undefined && os?.attribute('firmware') !== 'efi' && os?.first('nvram') === undefined)
      return none; // firmware without variables
    throw new Refusal(
      l10n.t(
        'It cannot be found out where {0} keeps its UEFI variables, so a clone would lose them. State the file in <nvram> of its definition.',
        template.name,
      ),
    );
  }
  const { dir, base } = posix.parse(facts.nvram.path);
  const path = posix.join(dir, nvramName(name, base));
  const stated = os?.first('nvram') !== undefined || os?.first('varstore') !== undefined;
  const told = stated ? path : undefined;
  if (!facts.nvram.exists) return { ...none, path: told };
  const pool = poolAround(dir, identityOf(answers.seed, dir, new Set()).uuid('pool'), lineage);
  return {
    path: told,
    pools: [pool],
    bytes: lineage.volume(facts.nvram.path)?.capacity ?? 0,
    copy: [
      {
        title: l10n.t('Copy the UEFI variables for {0}', name),
        spec: virsh(
          lineage.inventory.uri,
          ...(['vol-clone', '--pool', pool.name, '--vol', base] as const),
          ...['--newname', posix.basename(path)],
        ),
        atomic: true,
        undo: { kind: 'deleteVolume', pool: pool.uuid, path, backing: undefined },
        verify: { kind: 'volume', path },
      },
    ],
  };
}

/** As libvirt itself names the file, with the ending that tells the format. */
function nvramName(machine: string, templateFile: string): string {
  return `${machine}_VARS${posix.extname(templateFile) || '.fd'}`;
}
