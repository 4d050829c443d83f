import type { CommandSpec } from '../host/commandLine';
import { partsOf, type Plan, type Step } from './plan';

/** One word for a POSIX shell; the only place where a command becomes text that a shell could read. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where programs are, by the names under which commands know them; in the PATH unless told. */
export type Programs = Readonly<Record<string, string>>;

/** A command as a person would type it, what it reads included. */
export function commandText(spec: CommandSpec, programs: Programs = {}): string {
  const line = commandLine(spec, programs);
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
export function commandLine({ file, args }: CommandSpec, programs: Programs = {}): string {
  return [programs[file] ?? file, ...args].map(quoteForShell).join(' ');
}

/** What the commands are called, each once: `vol-create` of virsh, `virt-clone`. */
export function commandNames(steps: readonly Pick<Step, 'spec'>[]): string[] {
  const names = steps.map(({ spec: { file, args } }) =>
    file === 'virsh' ? (args[args[0] === '--connect' ? 2 : 0] ?? file) : file,
  );
  return [...new Set(names)];
}

/**
 * The plan as a shell script that does the same when it is run by hand: of a plan with parts, what fails in one does not
 * stop the others, unless the plan says so. It takes nothing back but the pools that it starts.
 */
export function toScript({ title, steps, stopAtFirst }: Plan, programs: Programs = {}): string {
  const blocks: string[] = [];
  const parts = partsOf(steps);
  const together = stopAtFirst === true ? new Map<string, Step[]>() : parts;
  const shown = new Set<string>();
  const pools: string[] = [];
  for (const step of steps) {
    const { part, undo, verify } = step;
    if (part !== undefined && together.has(part)) {
      if (!shown.has(part)) blocks.push(subshell(part, together.get(part) ?? [], programs));
      shown.add(part);
      continue;
    }
    if (verify?.kind === 'noPool' && pools.length > 0) {
      blocks.push('trap - EXIT');
      pools.length = 0;
    }
    blocks.push(stepText(step, programs));
    if (undo?.kind !== 'endPool') continue;
    const end = steps.find((one) => one.verify?.kind === 'noPool' && one.verify.uuid === undo.uuid);
    if (end === undefined) continue;
    pools.unshift(commandLine(end.spec, programs));
    blocks.push(`trap ${quoteForShell(pools.join('; '))} EXIT`);
  }
  if (together.size > 0) blocks.push('[ -z "$failed" ] || { echo "Failed:$failed" >&2; exit 1; }');
  const start = ['#!/bin/sh', `# ${oneLine(title)}`, 'set -eu', ...(together.size > 0 ? ["failed=''"] : [])];
  return [...start, '', blocks.join('\n\n'), ''].join('\n');
}

/** In a condition the shell would go on after an error: the outcome is looked at behind it. */
function subshell(part: string, steps: readonly Step[], programs: Programs): string {
  const body = steps.map((step) => stepText(step, programs)).join('\n\n');
  const note = `[ $? -eq 0 ] || failed="$failed "${quoteForShell(part)}`;
  return ['set +e', '(', 'set -e', body, ')', note, 'set -e'].join('\n');
}

function stepText({ title, spec, fresh }: Step, programs: Programs): string {
  // With noclobber the shell makes the file only where there is nothing, and fails otherwise.
  const guard = fresh === undefined ? [] : [`(set -C && : > ${quoteForShell(fresh)})`];
  return [`# ${oneLine(title)}`, ...guard, commandText(spec, programs)].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
