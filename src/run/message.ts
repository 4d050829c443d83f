/** What an error says, of whatever kind it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What programs say often ends without a full stop; more sentences follow here. */
export function sentence(text: string): string {
  return /[.!?…)]$/.test(text) ? text : `${text}.`;
}
