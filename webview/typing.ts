/** One key event, as noVNC sends it. */
export interface Stroke {
  /** X11's name of what the key means. */
  readonly keysym: number;
  /** Where the key lies; empty where no key of a US keyboard means that. */
  readonly code: string;
  readonly down: boolean;
}

const shift = { keysym: 0xffe1, code: 'ShiftLeft' };
const named: Readonly<Record<string, { keysym: number; code: string }>> = {
  '\n': { keysym: 0xff0d, code: 'Enter' },
  '\t': { keysym: 0xff09, code: 'Tab' },
};

// The keys of a US keyboard, with what they mean alone and with Shift.
const keys = new Map<string, { code: string; shifted: boolean }>();
for (const [code, meanings] of [
  ['Backquote', '`~'],
  ['Minus', '-_'],
  ['Equal', '=+'],
  ['BracketLeft', '[{'],
  ['BracketRight', ']}'],
  ['Backslash', '\\|'],
  ['Semicolon', ';:'],
  ['Quote', '\'"'],
  ['Comma', ',<'],
  ['Period', '.>'],
  ['Slash', '/?'],
  ['Space', ' '],
  ...Array.from(')!@#$%^&*(').map((symbol, digit) => [`Digit${digit}`, `${digit}${symbol}`] as const),
  ...Array.from('abcdefghijklmnopqrstuvwxyz').map(
    (letter) => [`Key${letter.toUpperCase()}`, `${letter}${letter.toUpperCase()}`] as const,
  ),
] as const) {
  Array.from(meanings).forEach((meaning, index) => keys.set(meaning, { code, shifted: index === 1 }));
}

/** The keys that type a text on a US keyboard, a list for each character. */
export function strokesOf(text: string): Stroke[][] {
  return Array.from(text.replaceAll('\r\n', '\n')).map((character) => {
    const { code = '', shifted = false } = keys.get(character) ?? {};
    const key = named[character] ?? { keysym: keysymOf(character.codePointAt(0) ?? 0), code };
    const typed = [down(key), up(key)];
    return shifted ? [down(shift), ...typed, up(shift)] : typed;
  });
}

/** X11 has numbers of its own for Latin 1, and Unicode's beyond. */
function keysymOf(codePoint: number): number {
  return codePoint <= 0xff ? codePoint : 0x1000000 + codePoint;
}

function down(key: { keysym: number; code: string }): Stroke {
  return { ...key, down: true };
}

function up(key: { keysym: number; code: string }): Stroke {
  return { ...key, down: false };
}
