import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { domainContext } from '../../src/explorer/contextValue';
import { isMeant, type Which } from '../../src/flows/which';
import { domainStates, type Domain } from '../../src/host/domain';
import { Refusal } from '../../src/plan/plan';
import { disableAutostart, enableAutostart } from '../../src/plan/autostart';
import { forceOff, reboot, reset, resume, shutdown, start, suspend } from '../../src/plan/power';
import { InUse } from '../../src/plan/guard';
import { checkRenamable } from '../../src/plan/rename';
import { discardSaved, save } from '../../src/plan/savedState';
import type { Lineage } from '../../src/lineage/lineage';
import { disk, domain, lineage, overlay, pool, volume } from './builders';

interface Item {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}

const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  readonly contributes: { readonly menus: { readonly 'view/item/context': readonly Item[] } };
};

/** The lifecycle commands: which machines the palette offers for them, and what carries them out. */
const verbs: Readonly<Record<string, readonly [Which, (one: Domain, found: Lineage) => unknown]>> = {
  start: ['startable', start],
  shutdown: ['awake', shutdown],
  reboot: ['awake', reboot],
  suspend: ['awake', suspend],
  resume: ['resumable', resume],
  reset: ['resettable', reset],
  forceOff: ['running', forceOff],
  save: ['savable', save],
  discardSaved: ['saved', discardSaved],
  enableAutostart: ['notWithHost', enableAutostart],
  disableAutostart: ['withHost', disableAutostart],
  rename: ['renamable', checkRenamable],
};

/** A machine of each state and kind, with what it stands among. */
function* machines(): Generator<{ one: Domain; found: Lineage; context: string; what: string }> {
  for (const state of domainStates)
    for (const persistent of [true, false])
      for (const saved of [false, true])
        for (const autostart of [false, true])
          for (const inUse of [false, true]) {
            if (!persistent && (saved || autostart || state === 'shutoff')) continue;
            if (saved && state !== 'shutoff') continue;
            const baggage = { autostart, managedSave: saved, checkpoints: false, snapshots: [] };
            const one = domain(1, 'web', [disk('/p/a')], { state, persistent, baggage });
            const clone = domain(2, 'clone', [disk('/p/b')]);
            const volumes = [volume('/p/a'), ...(inUse ? [overlay('/p/b', '/p/a')] : [])];
            const found = lineage([pool('p', '/p', volumes)], inUse ? [one, clone] : [one]);
            const context = domainContext(one, found, inUse);
            yield { one, found, context, what: context };
          }
}

/** Whether a condition of the manifest holds for a tree item. */
function holds(when: string, context: string): boolean {
  return when.split(' && ').every((part) => {
    if (part === 'view == libvirt.explorer') return true;
    const [, not, pattern] = /^(!\()?viewItem =~ \/(.+?)\/\)?$/.exec(part) ?? [];
    assert.ok(pattern !== undefined, part);
    return new RegExp(pattern).test(context) === (not === undefined);
  });
}

describe('menus of a machine', () => {
  for (const [verb, [which, plan]] of Object.entries(verbs)) {
    const items = manifest.contributes.menus['view/item/context'].filter(
      ({ command, group }) => command === `libvirt.${verb}` && !group.startsWith('inline'),
    );
    const isShown = (context: string) => items.some(({ when }) => holds(when, context));

    it(`${verb} is there for the machines that the palette offers, and for no others`, () => {
      assert.ok(items.length > 0);
      for (const { context, what } of machines())
        assert.equal(isShown(context), isMeant(which, context), what);
    });

    it(`${verb} is there only where it is not refused`, () => {
      let shown = 0;
      for (const { one, found, context, what } of machines()) {
        if (!isShown(context)) continue;
        shown++;
        assert.equal(
          refusal(() => plan(one, found)),
          undefined,
          what,
        );
      }
      assert.ok(shown > 0);
    });
  }

  function refusal(act: () => unknown): string | undefined {
    try {
      act();
      return undefined;
    } catch (error) {
      if (error instanceof Refusal || error instanceof InUse) return error.message;
      throw error;
    }
  }
});
