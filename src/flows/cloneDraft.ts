import type * as vscode from 'vscode';
import { config } from '../config';
import type { Domain } from '../host/domain';
import type { Pool } from '../host/pool';
import type { Run } from '../host/process';
import type { TemplateFacts } from '../host/templateFacts';
import type { Lineage } from '../lineage/lineage';
import { virtCloneProblem } from '../plan/cloneChecks';
import type { CloudInit } from '../plan/cloudInit';
import { drivesWishes, type Drives } from '../plan/definitionDisks';
import { methods, networkArgument, type Method } from '../plan/machine';
import { volumeTools, type VolumeTool } from '../plan/overlay';
import type { MachineWishes } from '../plan/methodWishes';
import { knownOs } from './machineChoices';

/** What is decided about a clone, as far as it goes by now. */
export interface CloneDraft extends MachineWishes {
  /** A name, or a pattern of several. */
  name: string;
  /** How many clones; undefined: one, or as many as the pattern has. */
  count: number | undefined;
  method: Method;
  volumeTool: VolumeTool;
  pool: Pool | undefined;
  capacity: number | undefined;
  mac: string | undefined;
  drives: Drives;
  start: boolean;
  /** Who it is to be; undefined: whatever its image makes of it. */
  cloudInit: CloudInit | undefined;
  /** What was proposed at first: what the template has, and the method that fits it. */
  readonly proposed: MachineWishes & { readonly method: Method };
  /** The method that would have been proposed if the template allowed it. */
  readonly wished: Method;
  /** Of several: whether the first that fails keeps those from beginning that have not. */
  stopAtFirst: boolean;
}

/** What somebody has chosen last on a host. */
interface Chosen {
  readonly method?: string;
  readonly volumeTool?: string;
  /** The settings at that time: where they have been changed since, they hold again. */
  readonly settings?: readonly string[];
  readonly pool?: string | undefined;
  readonly drives?: string;
  readonly start?: boolean;
  readonly stopAtFirst?: boolean;
}

/** What a clone is like unless something else is chosen: as the last one on this host, else as the settings say. */
export async function firstDraft(
  template: Domain,
  facts: TemplateFacts,
  lineage: Lineage,
  run: Run,
  memory: vscode.Memento | undefined,
): Promise<CloneDraft> {
  const { uri, pools } = lineage.inventory;
  const chosen = memory?.get<Chosen>(keyOf(uri)) ?? {};
  const stands = chosen.settings?.join() === settings().join();
  const wish = (stands ? methods.find((method) => method === chosen.method) : undefined) ?? config.method;
  const tool = stands ? volumeTools.find((name) => name === chosen.volumeTool) : undefined;
  const proposed = {
    method: fitting(wish, template, facts),
    memory: template.memory,
    vcpus: template.vcpus,
    osinfo: await knownOs(template.osinfo, run),
    networks: template.interfaces.flatMap((nic) => networkArgument(nic) ?? []),
  };
  return {
    ...proposed,
    proposed,
    wished: wish,
    name: '',
    count: undefined,
    volumeTool: tool ?? config.volumeTool,
    pool: pools.find((pool) => pool.uuid === chosen.pool && pool.active),
    capacity: undefined,
    mac: undefined,
    drives: drivesWishes.find((name) => name === chosen.drives) ?? 'empty',
    start: chosen.start ?? false,
    cloudInit: undefined,
    stopAtFirst: chosen.stopAtFirst ?? false,
  };
}

/** Where virt-clone would carry over what only the template can have, a definition made here is proposed instead. */
function fitting(wish: Method, template: Domain, facts: TemplateFacts): Method {
  const wrong = wish === 'virt-clone' && virtCloneProblem(template.name, facts.definition) !== undefined;
  return wrong ? 'define' : wish;
}

/** Keeps what has been chosen, for the next clone on this host. */
export async function remember(draft: CloneDraft, uri: string, memory: vscode.Memento): Promise<void> {
  const { proposed, volumeTool, pool, drives, start, stopAtFirst, wished } = draft;
  // A method that only this template made necessary is nobody's choice.
  const method = draft.method === proposed.method ? wished : draft.method;
  const chosen: Chosen = {
    ...{ method, volumeTool, drives, start, stopAtFirst },
    settings: settings(),
    pool: pool?.uuid,
  };
  await memory.update(keyOf(uri), chosen);
}

function settings(): readonly string[] {
  return [config.method, config.volumeTool];
}

function keyOf(uri: string): string {
  return `clone ${uri}`;
}
