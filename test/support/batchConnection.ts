import { runBatch } from '../../src/host/batch';
import type { Connection } from '../../src/host/host';
import type { Run } from '../../src/host/process';

/** A host asked by a few short processes each time: for programs that read it once. */
export function batchConnection(run: Run, uri: string): Connection {
  return {
    askAll: async (commands, { signal, onReply } = {}) => {
      const replies = await runBatch(run, uri, commands, signal === undefined ? {} : { signal });
      replies.forEach((reply, index) => onReply?.(reply, index));
      return replies;
    },
    dispose: () => undefined,
  };
}
