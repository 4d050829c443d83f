import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabMachine } from '../support/lab';
import { openSerial } from '../support/serial';
import { VncClient } from '../support/vncClient';
import { DisplayTab } from '../support/workbench/displayTab';
import type { Workbench } from '../support/workbench/workbench';
import { Stage } from './stage';

const name = 'pantalla1';
const secret = 'geheim42';

describe('a person at the display of a machine', () => {
  let stage: Stage;
  let window: Workbench;
  let machine: LabMachine;
  let tab: DisplayTab;

  before(async () => {
    stage = await Stage.set();
    machine = await stage.lab.addMachine(name, {
      graphics: `<graphics type='vnc' autoport='yes' passwd='${secret}'/>`,
    });
    await stage.lab.virsh('start', machine.uuid);
    assert.match(await stage.lab.waitForReady(name, 90_000), /boots=1/);
    window = await stage.open();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await stage.keepLastSight(this.currentTest.title);
  });

  after(() => stage.strike());

  it('sees the screen, and types into it', async () => {
    await window.tree.contextMenu(['Virtual Machines', name], 'Open Display');
    tab = new DisplayTab(window.page);
    const before = await tab.brighterThan(20);
    const said = await onSerialLine(/TYPED_42 "ok"/, async () => {
      await typeKeys('echo TYPED_$((6*7)) \'"ok"\' >/dev/ttyS0\n');
    });
    assert.match(said, /TYPED_42/);
    await tab.brighterThan(before + 100);
    await sleep(500);
    await window.screenshot('display-dark');
  });

  it('leaves the screen by Ctrl+Alt, and only looks when that is chosen', async () => {
    await tab.canvas.click();
    await window.page.keyboard.press('Control+Alt');
    assert.equal(await tab.focused(), 'viewOnly');
    await window.page.keyboard.press('Enter');
    assert.equal(await tab.button('View Only').getAttribute('aria-pressed'), 'true');
    assert.ok(await tab.button('Ctrl+Alt+Del').isDisabled());
    const before = await tab.lit();
    await tab.canvas.click();
    await typeKeys('unseen');
    await tab.button('View Only').click();
    await tab.canvas.click();
    await onSerialLine(/^seen-1\r?$/m, () => typeKeys('echo seen-1 >/dev/ttyS0\n'));
    assert.ok((await tab.lit()) > before);
  });

  it('pastes a text, which is typed where the machine has no agent', async () => {
    await window.page.evaluate(`navigator.clipboard.writeText('echo "Pasted_$((6*7))" >/dev/ttyS0\\n')`);
    await onSerialLine(/Pasted_42/, () => tab.button('Paste').click());
  });

  it('saves what is to be seen', async () => {
    await tab.button('Screenshot…').click();
    await window.quickInput.waitFor();
    await window.quickInput.accept();
    const file = await savedPicture(stage.lab.dir);
    const bytes = await readFile(file);
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    assert.ok(bytes.readUInt32BE(16) >= 640, 'as wide as the screen');
  });

  it('reboots it by Ctrl+Alt+Del, and is back at its screen', async () => {
    await onSerialLine(/boots=2/, () => tab.button('Ctrl+Alt+Del').click());
    await tab.brighterThan(20);
    await onSerialLine(/^again-2\r?$/m, () => typeKeys('echo again-2 >/dev/ttyS0\n'));
  });

  it('is told when it is off, starts it there, and sees its next run', async () => {
    await stage.lab.virsh('destroy', machine.uuid);
    await tab.says(/pantalla1 is off\. Its screen appears here/);
    assert.ok(await tab.button('Paste').isDisabled());
    await window.screenshot('display-off');
    await tab.button('Start').click();
    assert.match(await stage.lab.waitForReady(name, 90_000), /boots=3/);
    await tab.brighterThan(20);
    await stage.lab.virsh('destroy', machine.uuid);
    await tab.says(/is off/);
    await stage.lab.virsh('start', machine.uuid);
    await stage.lab.waitForReady(name, 90_000);
    await tab.brighterThan(20);
  });

  it('finds it again after it was behind another tab, and leaves nothing behind when it is closed', async () => {
    const own = window.page.getByRole('tab', { name: `Display of ${name}` });
    await viewersAre(1);
    await window.tree.contextMenu(['Virtual Machines', 'maquina1'], 'Show XML');
    await tab.canvas.waitFor({ state: 'detached' });
    await viewersAre(0);
    await own.click();
    await tab.brighterThan(20);
    await viewersAre(1);
    await own.getByRole('button', { name: /^Close/ }).click();
    await viewersAre(0);
  });

  it('is told plainly where a machine has no screen', async () => {
    await stage.lab.virsh('start', 'maquina1');
    await rowLike(window, /^ *maquina1 {2}running/);
    await window.tree.contextMenu(['Virtual Machines', 'maquina1'], 'Open Display');
    await window.notifications.waitFor('maquina1 has no screen. Add one with: virt-xml maquina1');
    await stage.lab.virsh('destroy', 'maquina1');
  });

  it('reads Spanish where VS Code does, in a light theme, on a Unix socket', async () => {
    const second = await stage.lab.addMachine('pantalla2', {
      graphics: `<graphics type='vnc' socket='${socket()}'/>${clipboardAgent}`,
    });
    await stage.lab.virsh('start', second.uuid);
    await stage.lab.waitForReady('pantalla2', 90_000);
    window = await stage.open({ locale: 'es', colorTheme: 'light' });
    await window.tree.contextMenu(['Máquinas virtuales', 'pantalla2'], 'Abrir pantalla');
    tab = new DisplayTab(window.page);
    await tab.brighterThan(20);
    assert.ok(await tab.button('Ctrl+Alt+Supr').isEnabled());
    await window.screenshot('display-spanish-light');
  });

  it('shares the clipboard with a machine whose agent takes and gives it', async () => {
    const agent = await VncClient.open(socket());
    try {
      await window.page.evaluate(`navigator.clipboard.writeText('de aquí: ñ €')`);
      await tab.button('Pegar').click();
      assert.equal(await agent.taken(), 'de aquí: ñ €');
      agent.offer('de allí: ñ');
      await clipboardHolds(window, 'de allí: ñ');
    } finally {
      agent.close();
    }
  });

  it('is told in Spanish that it is off', async () => {
    await stage.lab.virsh('destroy', 'pantalla2');
    await tab.says(/pantalla2 está apagada/);
    await window.screenshot('display-off-spanish-light');
  });

  it('leaves nothing in the console of VS Code, and no password anywhere', async () => {
    // A display that has just been opened has not got its password from libvirt yet: then noVNC says so, and it is tried
    // again.
    const others = stage.complaints.filter((line) => !line.includes('Authentication failed'));
    assert.deepEqual(others, []);
    assert.deepEqual(await stage.filesWith(secret), []);
  });

  /** Waits until QEMU has this many connections to the screen. */
  async function viewersAre(count: number): Promise<void> {
    for (let waited = 0; ; waited += 200) {
      const said = await stage.lab.virsh('qemu-monitor-command', machine.uuid, '--hmp', 'info vnc');
      if ((said.match(/^ *Client:/gm) ?? []).length === count) return;
      assert.ok(waited < 20_000, `not ${count} viewers: ${said}`);
      await sleep(200);
    }
  }

  function socket(): string {
    return path.join(stage.lab.dir, 'vnc');
  }

  /** Types as a person does, who holds Shift where a key needs it. */
  async function typeKeys(text: string): Promise<void> {
    for (const character of text) {
      const key = character === '\n' ? 'Enter' : character === ' ' ? 'Space' : character;
      const shift = /[A-Z~!@#$%^&*()_{}|:"<>?]/.test(key) && key.length === 1 ? 'Shift+' : '';
      await window.page.keyboard.press(shift + key, { delay: 20 });
    }
  }

  /** Does something, and waits until the machine's serial line says this. */
  async function onSerialLine(wanted: RegExp, act: () => Promise<void>): Promise<string> {
    const serial = openSerial((await stage.lab.virsh('ttyconsole', machine.uuid)).trim());
    try {
      await act();
      return await serial.waitFor(wanted, 90_000);
    } finally {
      serial.close();
    }
  }
});

// QEMU shares its clipboard with viewers and with the agent in the guest.
const clipboardAgent = `<channel type='qemu-vdagent'>
  <source><clipboard copypaste='yes'/></source><target type='virtio' name='com.redhat.spice.0'/>
</channel>`;

/** Waits until the tree has a row like this. */
async function rowLike({ tree }: Workbench, like: RegExp): Promise<void> {
  for (let waited = 0; ; waited += 200) {
    const rows = await tree.rows();
    if (rows.some((row) => like.test(row))) return;
    assert.ok(waited < 30_000, rows.join('\n'));
    await sleep(200);
  }
}

/** Waits until the clipboard holds this text. */
async function clipboardHolds({ page }: Workbench, text: string): Promise<void> {
  for (let waited = 0; ; waited += 200) {
    const held = await page.evaluate<string>('navigator.clipboard.readText()');
    if (held === text) return;
    assert.ok(waited < 20_000, `the clipboard holds "${held}"`);
    await sleep(200);
  }
}

/** The picture that is there, as soon as it is whole. */
async function savedPicture(dir: string): Promise<string> {
  for (let waited = 0; ; waited += 200) {
    const found = (await readdir(dir)).find((file) => file.startsWith(`${name}-`) && file.endsWith('.png'));
    if (found !== undefined) return path.join(dir, found);
    assert.ok(waited < 30_000, 'no picture was saved');
    await sleep(200);
  }
}
