/** What libvirt's client configuration says of hosts. */
export interface LibvirtConf {
  readonly defaultUri: string | undefined;
  readonly aliases: readonly { readonly name: string; readonly uri: string }[];
}

// Texts stand in one, two or three quotes, without escapes (virconf.c); "#" begins a comment outside of them.
const token = /"""([\s\S]*?)"""|"([^"\n]*)"|'([^'\n]*)'|#[^\n]*|[[\]=,]|[^\s[\]=,"'#]+|["']/g;

/** Reads a `libvirt.conf`: `uri_default = "URI"` and `uri_aliases = ["NAME=URI", …]`. Takes any text. */
export function parseLibvirtConf(text: string): LibvirtConf {
  const values = settings(text);
  const aliases = (values.get('uri_aliases') ?? []).flatMap((alias) => {
    const [, name, uri] = /^([\w.-]+)=(\S+)$/.exec(alias) ?? [];
    return name === undefined || uri === undefined ? [] : [{ name, uri }];
  });
  return { defaultUri: values.get('uri_default')?.[0], aliases };
}

/** The texts of each setting: one, or those of its list. */
function settings(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let last = '';
  let current: string[] = [];
  for (const match of text.matchAll(token)) {
    const [word] = match;
    if (word.startsWith('#')) continue;
    const quoted = match[1] ?? match[2] ?? match[3];
    if (quoted !== undefined) {
      current.push(quoted);
    } else if (word === '=') {
      current = [];
      values.set(last, current);
    } else if (!/^[[\],]$/.test(word)) {
      last = word;
    }
  }
  return values;
}
