/** What a file of ssh's configuration says of hosts and of further files. */
export interface SshConfig {
  /** Names of `Host` lines that mean one host: without `*`, `?` and `!`. */
  readonly hosts: readonly string[];
  /** Paths of `Include` lines as they are written, with `~` and wildcards. */
  readonly includes: readonly string[];
}

/** Reads the text of a `~/.ssh/config` or a file that it includes. Takes any text. */
export function parseSshConfig(text: string): SshConfig {
  const hosts: string[] = [];
  const includes: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    // Keyword and arguments are separated by blanks or by one "=" (ssh_config(5)).
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line) ?? [];
    if (keyword.toLowerCase() === 'host') hosts.push(...words(rest).filter(isOneHost));
    if (keyword.toLowerCase() === 'include') includes.push(...words(rest));
  }
  return { hosts: [...new Set(hosts)], includes };
}

/** The arguments of a line: separated by blanks, in double quotes where they contain some, up to a comment. */
function words(text: string): string[] {
  const found: string[] = [];
  for (const [word, quoted] of text.matchAll(/"([^"]*)"|[^\s"]+/g)) {
    if (word.startsWith('#')) break;
    if ((quoted ?? word) !== '') found.push(quoted ?? word);
  }
  return found;
}

/** Whether a pattern names one host, by a name that can stand in a URI. */
function isOneHost(pattern: string): boolean {
  return /^[\w.:%~-]+$/.test(pattern) && !pattern.startsWith('-');
}
