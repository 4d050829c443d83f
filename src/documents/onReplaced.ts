import { currentLineage } from '../flows/targets';
import type { Host } from '../host/host';
import type { Lineage } from '../lineage/lineage';

/**
 * Calls the listener when a reading has replaced an object, until the returned function is called.
 * @param find the object; it may throw where there is none
 */
export function onReplaced(
  host: Host,
  find: (lineage: Lineage) => unknown,
  listener: () => void,
): () => void {
  const now = () => {
    try {
      return find(currentLineage(host));
    } catch {
      return undefined;
    }
  };
  let last = now();
  return host.onDidChange(() => {
    const found = now();
    if (found === last) return;
    last = found;
    listener();
  });
}
