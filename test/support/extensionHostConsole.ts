import { format } from 'node:util';

/** How the workbench's own messages begin, or what their stack traces name: they come the same way as the console. */
const ofTheWorkbench =
  /^(\[[A-Z][\w :-]*\] |\[reconnection-|Resolv(ing|ed) connection token|Creating a socket|Updating additional builtin)|\/workbench\/workbench\.js:/;

/** Prints what an extension's tests wrote to their console, and leaves out what the workbench has to say. */
export function printConsole(type: string, values: readonly unknown[]): void {
  const text = format(...values);
  if (ofTheWorkbench.test(text)) return;
  (type === 'error' || type === 'warn' ? process.stderr : process.stdout).write(`${text}\n`);
}
