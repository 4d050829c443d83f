import type { CommandSpec } from '../host/commandLine';
import type { Plan, Step } from './plan';

/** One word for a POSIX shell; the only place where a command becomes text that a shell could read. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command as a person would type it, what it reads included. */
export function commandText(spec: CommandSpec): string {
  const line = commandLine(spec);
  if (spec.input === undefined) return line;
  const text = spec.input.endsWith('\n') ? spec.input : `${spec.input}\n`;
  const lines = new Set(text.split('\n'));
  let end = 'XML';
  while (lines.has(end)) end += '_';
  return `${line} <<'${end}'\n${text}${end}`;
}

/**
 * The line that starts a command, broken before options so that no piece is longer than this, where that is possible.
 */
export function commandLines(spec: CommandSpec, width: number): string[] {
  const units: string[] = [];
  for (const word of [spec.file, ...spec.args].map(quoteForShell)) {
    const option = units.at(-1);
    const isValue = option?.startsWith('-') === true && !option.includes(' ') && !word.startsWith('-');
    if (isValue) units[units.length - 1] = `${option} ${word}`;
    else units.push(word);
  }
  const lines: string[] = [];
  for (const unit of units) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + unit.length <= width)
      lines[lines.length - 1] = `${line} ${unit}`;
    else lines.push(unit);
  }
  return lines;
}

/** The line that starts a command. */
export function commandLine(spec: CommandSpec): string {
  return [spec.file, ...spec.args].map(quoteForShell).join(' ');
}

/** What the commands are called, each once: `vol-create` of virsh, `virt-clone`. */
export function commandNames(steps: readonly Pick<Step, 'spec'>[]): string[] {
  const names = steps.map(({ spec: { file, args } }) =>
    file === 'virsh' ? (args[args[0] === '--connect' ? 2 : 0] ?? file) : file,
  );
  return [...new Set(names)];
}

/** The plan as a shell script that does the same when it is run by hand. */
export function toScript(plan: Plan): string {
  const steps = plan.steps.map((step) => {
    // With noclobber the shell makes the file only where there is nothing, and fails otherwise.
    const guard = step.fresh === undefined ? [] : [`(set -C && : > ${quoteForShell(step.fresh)})`];
    return [`# ${oneLine(step.title)}`, ...guard, commandText(step.spec)].join('\n');
  });
  return ['#!/bin/sh', `# ${oneLine(plan.title)}`, 'set -eu', '', steps.join('\n\n'), ''].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
