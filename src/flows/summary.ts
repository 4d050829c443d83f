import * as vscode from 'vscode';
import { config } from '../config';
import { commandLines, commandNames, toScript } from '../plan/script';
import { partsOf, Refusal, type Plan, type Step } from '../plan/plan';
import { Cancelled } from './ask';

/** A choice that can be opened and changed from the summary. */
export interface Choice {
  readonly label: string;
  /** The present value, in words. */
  readonly value: string;
  readonly change: () => Promise<void>;
}

interface Row extends vscode.QuickPickItem {
  readonly act?: 'run' | 'show' | 'copy';
  readonly choice?: Choice;
}

/**
 * Shows what will run and with which choices, until the person runs it. A plan that is refused shows why instead of
 * its first row, so that the choice that is in the way can be changed.
 * @param draft the plan with the present choices; may throw a Refusal
 * @param showScript opens a script in an editor, beside which the summary stays
 * @throws Cancelled
 */
export async function confirmPlan<P extends Plan>(
  title: string | (() => string),
  verb: string,
  draft: () => P,
  choices: () => readonly Choice[],
  showScript: (script: string) => Promise<void>,
): Promise<P> {
  for (;;) {
    const plan = attempt(draft);
    const row = await vscode.window.showQuickPick(rows(plan, verb, choices()), {
      title: typeof title === 'string' ? title : title(),
      placeHolder: vscode.l10n.t('Enter runs the commands; choose a row to change it'),
      ignoreFocusOut: true,
      matchOnDetail: true,
    });
    if (row === undefined) throw new Cancelled();
    try {
      await row.choice?.change();
    } catch (error) {
      // Backing out of a single choice leads back to the summary.
      if (!(error instanceof Cancelled)) throw error;
    }
    if (plan instanceof Refusal) continue;
    if (row.act === 'run') return plan;
    // The summary stays, above the script; Escape leaves the script alone.
    if (row.act === 'show') await showScript(toScript(plan, config.programPaths));
    if (row.act === 'copy') await vscode.env.clipboard.writeText(toScript(plan, config.programPaths));
  }
}

function attempt<P>(draft: () => P): P | Refusal {
  try {
    return draft();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function rows(plan: Plan | Refusal, verb: string, choices: readonly Choice[]): Row[] {
  const choiceRows = choices.map((choice) => ({ label: choice.label, description: choice.value, choice }));
  const separator = (label: string): Row => ({ label, kind: vscode.QuickPickItemKind.Separator });
  if (plan instanceof Refusal) {
    return [
      { label: `$(error) ${vscode.l10n.t('This cannot be done')}`, detail: plan.message },
      separator(vscode.l10n.t('Choices')),
      ...choiceRows,
    ];
  }
  return [
    { label: `$(play) ${verb}`, description: plan.title, detail: commandsIn(plan.steps), act: 'run' },
    ...plan.notes.map((note) => ({ label: `$(info) ${note}` })),
    separator(vscode.l10n.t('Choices')),
    ...choiceRows,
    {
      label: vscode.l10n.t('Show Commands'),
      description: vscode.l10n.t('as a shell script, without running it'),
      act: 'show',
    },
    { label: vscode.l10n.t('Copy as Shell Script'), act: 'copy' },
    separator(vscode.l10n.t('Commands that will run')),
    ...commandRows(plan.steps),
  ];
}

/** What will run, in a line: the commands themselves are further down, below the choices. */
function commandsIn(steps: readonly Step[]): string {
  const names = commandNames(steps).join(', ');
  return steps.length === 1
    ? vscode.l10n.t('One command: {0}', names)
    : vscode.l10n.t('{0} commands: {1}', steps.length, names);
}

/**
 * The commands, each in as many rows as it takes: a row of a quick pick is one line, and what is too long is cut. Of
 * several machines only the first one's are shown; the script has them all.
 */
function commandRows(steps: readonly Step[]): Row[] {
  const [first, ...others] = partsOf(steps).keys();
  const shown = steps.filter(({ part }) => part === undefined || part === first);
  const rows = shown.flatMap((step, index) => {
    const [line = '', ...more] = commandLines(step.spec, rowWidth);
    return [
      { label: `${index + 1}. ${step.title}`, detail: line, act: 'show' },
      ...more.map((rest) => ({ label: '…', description: rest, act: 'show' }) as const),
    ] satisfies Row[];
  });
  if (others.length === 0) return rows;
  return [...rows, { label: vscode.l10n.t('The same for {0}', others.join(', ')), act: 'show' }];
}

// Characters that fit into a quick pick of the usual width.
const rowWidth = 80;
