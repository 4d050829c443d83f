import * as vscode from 'vscode';
import { writableDisks } from '../host/domain';
import type { Run } from '../host/process';
import { countWith, isPattern, mostClones } from '../plan/cloneNames';
import { drivesWishes, type Drives } from '../plan/definitionDisks';
import { methods, type Method } from '../plan/machine';
import { heeds, machineWishes, methodFor, wishesHeeded, type MachineWishes } from '../plan/methodWishes';
import { input, pick } from './ask';
import type { CloneDraft } from './cloneDraft';
import { identityChoices } from './cloneIdentity';
import { askCloneName, type NameWorld } from './cloneName';
import { machineChoices } from './machineChoices';
import type { Choice } from './summary';
import { poolChoice, sizeChoice, toolChoice } from './volumeChoices';

/** The choices of a clone, each of which changes the draft. */
export function cloneChoices(
  title: string,
  draft: CloneDraft,
  world: Pick<NameWorld, 'template' | 'lineage' | 'host'>,
  run: Run,
): readonly Choice[] {
  const { template, lineage } = world;
  const { pools, networks } = lineage.inventory;
  const first = writableDisks(template)[0];
  const path = first === undefined ? undefined : lineage.pathOf(first);
  const capacity = path === undefined ? undefined : lineage.volume(path)?.capacity;
  const machine = machineChoices(title, draft, networks, run);
  return [
    {
      label: vscode.l10n.t('Name'),
      value: draft.name,
      change: async () => {
        draft.name = await askCloneName(title, { ...world, ...draft }, draft.name);
        draft.count = countWith(draft.name, draft.count);
      },
    },
    countChoice(title, draft),
    ...failureChoices(draft),
    methodChoice(title, draft),
    toolChoice(title, draft),
    poolChoice(title, draft, pools),
    ...(capacity === undefined ? [] : [sizeChoice(title, draft, capacity)]),
    ...machineWishes.map((wish) => forMethod(wish, machine[wish], draft)),
    macChoice(title, draft),
    drivesChoice(title, draft),
    ...identityChoices(title, draft),
    {
      label: vscode.l10n.t('Start afterwards'),
      value: draft.start ? vscode.l10n.t('yes') : vscode.l10n.t('no'),
      change: () => {
        draft.start = !draft.start;
        return Promise.resolve();
      },
    },
  ];
}

/** Whoever changes what the method would pass over chooses the method that heeds it. */
function forMethod(wish: keyof MachineWishes, choice: Choice, draft: CloneDraft): Choice {
  if (heeds(draft.method, wish)) return choice;
  const proper = methodFor(wish);
  return {
    label: choice.label,
    value: vscode.l10n.t("{0}, the template's; another one makes the method {1}", choice.value, proper),
    change: async () => {
      await choice.change();
      draft.method = proper;
    },
  };
}

function countChoice(title: string, draft: CloneDraft): Choice {
  return {
    label: vscode.l10n.t('How many'),
    value: isPattern(draft.name) ? vscode.l10n.t('as the name says') : String(draft.count ?? 1),
    change: async () => {
      const prompt = vscode.l10n.t('A number, or a range to be added to the name, such as {0}', '{01..12}');
      const text = await input(title, prompt, String(draft.count ?? 1), (typed) =>
        isPattern(typed) || (/^[1-9]\d*$/.test(typed) && Number(typed) <= mostClones)
          ? undefined
          : vscode.l10n.t('Enter a number from 1 to {0}, or a range.', mostClones),
      );
      const stem = draft.name.replace(/-?\{\d+\.\.\d+\}/, '');
      if (isPattern(text)) {
        draft.name = text.startsWith('{') ? `${stem}-${text}` : text;
        draft.count = undefined;
      } else {
        draft.name = stem;
        draft.count = Number(text);
      }
    },
  };
}

/** Only of several it matters. */
function failureChoices(draft: CloneDraft): Choice[] {
  if (!isPattern(draft.name) && (draft.count ?? 1) === 1) return [];
  return [
    {
      label: vscode.l10n.t('If one fails'),
      value: draft.stopAtFirst ? vscode.l10n.t('stop') : vscode.l10n.t('go on with the others'),
      change: () => {
        draft.stopAtFirst = !draft.stopAtFirst;
        return Promise.resolve();
      },
    },
  ];
}

function macChoice(title: string, draft: CloneDraft): Choice {
  return {
    label: vscode.l10n.t('MAC'),
    value: draft.mac ?? vscode.l10n.t('a new one'),
    change: async () => {
      const prompt = vscode.l10n.t('MAC address of the first interface; empty for a new one');
      const text = await input(title, prompt, draft.mac ?? '', (typed) =>
        typed === '' || macPattern.test(typed)
          ? undefined
          : vscode.l10n.t('Enter an address such as 52:54:00:12:34:56, whose first number is even.'),
      );
      draft.mac = text === '' ? undefined : text.toLowerCase();
    },
  };
}

// The lowest bit of the first byte marks addresses of groups, which no interface can have.
const macPattern = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i;

function drivesChoice(title: string, draft: CloneDraft): Choice {
  const words: Readonly<Record<Drives, string>> = {
    empty: vscode.l10n.t('keep them, empty'),
    drop: vscode.l10n.t('drop them'),
    keep: vscode.l10n.t('keep them with their media'),
  };
  return {
    label: vscode.l10n.t('CD-ROM drives'),
    value: draft.method === 'virt-install' ? vscode.l10n.t('none with virt-install') : words[draft.drives],
    change: async () => {
      const options = drivesWishes.map((wish) => ({ label: words[wish], value: wish }));
      draft.drives = await pick(title, vscode.l10n.t("The template's CD-ROM and floppy drives"), options);
    },
  };
}

function methodChoice(title: string, draft: CloneDraft): Choice {
  const meaning: Readonly<Record<Method, string>> = {
    'virt-clone': vscode.l10n.t('copies the definition of the template'),
    define: vscode.l10n.t('libvirt defines a copy of the definition; the fastest, without virt-clone'),
    'virt-install': vscode.l10n.t('makes a new definition; memory, vCPUs, OS and network can be chosen'),
  };
  return {
    label: vscode.l10n.t('Method'),
    value: draft.method,
    change: async () => {
      const options = methods.map((method) => ({
        label: method,
        description: meaning[method],
        value: method,
      }));
      draft.method = await pick(title, vscode.l10n.t('What makes the virtual machine'), options);
      Object.assign(draft, wishesHeeded(draft.method, draft, draft.proposed));
    },
  };
}
