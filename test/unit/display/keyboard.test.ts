import assert from 'node:assert/strict';
import { LeaveKeys } from '../../../webview/leaveKeys';
import { strokesOf } from '../../../webview/typing';

describe('display: the keys that leave the screen', () => {
  /** Presses (`+code`) and lets go (`-code`); whether one of it left the screen. */
  function leaves(...events: string[]): boolean {
    const keys = new LeaveKeys();
    return events
      .map((event) => {
        if (event.startsWith('-')) return keys.release(event.slice(1));
        keys.press(event.slice(1));
        return false;
      })
      .includes(true);
  }

  it('are Ctrl and Alt, pressed in any order and let go in any order', () => {
    assert.ok(leaves('+ControlLeft', '+AltLeft', '-AltLeft', '-ControlLeft'));
    assert.ok(leaves('+AltLeft', '+ControlRight', '+ControlRight', '-AltLeft', '-ControlRight'));
  });

  it('are no part of what the machine is told', () => {
    assert.ok(!leaves('+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft'));
    assert.ok(!leaves('+ControlLeft', '+AltRight', '-AltRight', '-ControlLeft'), 'AltGr');
    assert.ok(!leaves('+ControlLeft', '-ControlLeft', '+AltLeft', '-AltLeft'));
    assert.ok(!leaves('+ControlLeft', '+AltLeft', '-AltLeft', '+KeyC', '-KeyC', '-ControlLeft'));
  });
});

describe('display: typing a text', () => {
  const typed = (text: string) =>
    strokesOf(text)
      .flat()
      .map(({ code, keysym, down }) => `${down ? '+' : '-'}${code || keysym.toString(16)}`)
      .join(' ');

  it('takes the keys of a US keyboard, with Shift where they need it', () => {
    assert.equal(typed('a1 '), '+KeyA -KeyA +Digit1 -Digit1 +Space -Space');
    assert.equal(typed('A'), '+ShiftLeft +KeyA -KeyA -ShiftLeft');
    assert.equal(typed('_"'), '+ShiftLeft +Minus -Minus -ShiftLeft +ShiftLeft +Quote -Quote -ShiftLeft');
    assert.equal(typed(')'), '+ShiftLeft +Digit0 -Digit0 -ShiftLeft');
  });

  it('ends lines with Enter, once', () => {
    assert.equal(typed('\r\n\t'), '+Enter -Enter +Tab -Tab');
  });

  it('leaves the rest to the meaning of the key', () => {
    assert.equal(typed('ñ€'), '+f1 -f1 +10020ac -10020ac');
  });
});
