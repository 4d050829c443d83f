/** Whether a signal is aborted; asked anew each time, because it may be while a command is waited for. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
