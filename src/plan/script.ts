import type { CommandSpec } from '../host/commandLine';
import type { Plan } from './plan';

/** One word for a POSIX shell; the only place where a command becomes text that a shell could read. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command as a person would type it. */
export function commandText(spec: CommandSpec): string {
  return [spec.file, ...spec.args].map(quoteForShell).join(' ');
}

/** The plan as a shell script that does the same when it is run by hand. */
export function toScript(plan: Plan): string {
  const steps = plan.steps.map((step) => {
    const guard = step.fresh === undefined ? [] : [`test ! -e ${quoteForShell(step.fresh)}`];
    return [`# ${oneLine(step.title)}`, ...guard, commandText(step.spec)].join('\n');
  });
  return ['#!/bin/sh', `# ${oneLine(plan.title)}`, 'set -eu', '', steps.join('\n\n'), ''].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
