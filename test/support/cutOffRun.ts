// Started by a test in a lab's environment: makes three clones with a journal, and dies in the middle of the second.
import type { Lab } from './lab';
import { LabHost } from './labHost';
import { linkedClones } from '../../src/plan/linkedClone';
import { Journal } from '../../src/run/journal';

const [directory = ''] = process.argv.slice(2);
const host = new LabHost({ uri: 'qemu:///session', env: process.env } as Lab);
const lineage = await host.lineage();
const answers = await host.answers('base', lineage, { method: 'define' });
const plan = linkedClones(answers, ['web-1', 'web-2', 'web-3'], lineage);
const journal = await Journal.open(directory, 'cut-off', plan);
await host.runPiped(plan, {
  onUndo: (undo, { part }) => journal.begins(undo, part),
  onOver: (undo) => journal.over(undo),
  onDone: (part) => journal.done(part),
  onStep: ({ part, spec }) => {
    if (part === 'web-2' && spec.args.includes('define')) process.kill(process.pid, 'SIGKILL');
  },
});
