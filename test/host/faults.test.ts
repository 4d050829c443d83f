import { readdir } from 'node:fs/promises';
import { linkedClone } from '../../src/plan/linkedClone';
import { throughFault } from '../support/faults';
import { createLab, type Lab } from '../support/lab';
import { LabHost } from '../support/labHost';

// The short form of `npm run test:faults`: at the steps that make something.
describe('a linked clone in whose making something goes wrong', () => {
  let lab: Lab;
  let host: LabHost;

  before(async () => {
    lab = await createLab();
    host = new LabHost(lab);
    await lab.addTemplate('base');
  });

  after(async () => {
    host.host.dispose();
    await lab.dispose();
  });

  for (const method of ['define', 'virt-clone'] as const) {
    for (const fault of ['fails', 'is cancelled', 'is killed', 'libvirtd killed'] as const) {
      it(`by ${method}: a step ${fault}; all is as before, and it works when repeated`, async () => {
        const planned = async (name: string) => {
          const lineage = await host.lineage();
          return linkedClone(await host.answers('base', lineage, { method, name }), lineage);
        };
        await throughFault({ lab, host, planned, state }, fault, ({ undo }) => undo !== undefined);
      });
    }
  }

  async function state() {
    await lab.virsh('pool-refresh', 'default');
    const names = async (...command: string[]) => (await lab.virsh(...command)).split('\n').sort();
    return {
      domains: await names('list', '--all', '--name'),
      pools: await names('pool-list', '--all', '--name'),
      volumes: await names('vol-list', '--pool', 'default'),
      files: (await readdir(lab.poolDir)).sort(),
    };
  }
});
