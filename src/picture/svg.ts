import * as l10n from '@vscode/l10n';
import { hierarchy, tree, type HierarchyPointNode } from 'd3-hierarchy';
import { escapeXml } from '../host/escapeXml';
import type { Picture, PictureNode } from '../lineage/picture';
import { faultWord } from '../words/health';
import { sizeText } from '../words/size';
import { stateWord } from '../words/words';

/** The picture as it is put into a page, and what it shows in a sentence. */
export interface Drawn {
  readonly svg: string;
  readonly summary: string;
  /** How many nodes are drawn. */
  readonly nodes: number;
}

const width = 220;
const height = 46;
const gapX = 60;
const gapY = 12;
const margin = 16;

// The root above all roots, which is not drawn.
const sky = {
  id: '',
  name: '',
  kind: 'volume',
  domain: undefined,
  running: false,
  own: 0,
  shared: 0,
} as const;
type Drawing = HierarchyPointNode<PictureNode>;

/** Lays a picture out from left to right and draws it; colours come from the style sheet of who shows it. */
export function drawPicture({ roots, saved }: Picture, locale: string, style = ''): Drawn {
  const root = hierarchy<PictureNode>(
    { ...sky, finding: undefined, children: roots },
    (node) => node.children,
  );
  const layout = tree<PictureNode>().nodeSize([height + gapY, width + gapX])(root);
  const nodes = layout.descendants().filter(isDrawn);
  const top = Math.min(0, ...nodes.map(({ x }) => x));
  const place = (node: Drawing) => ({
    left: margin + (node.depth - 1) * (width + gapX),
    top: margin + node.x - top,
  });
  const right = Math.max(0, ...nodes.map((node) => place(node).left + width)) + margin;
  const bottom = Math.max(0, ...nodes.map((node) => place(node).top + height)) + margin;
  const links = nodes.flatMap((node) =>
    node.parent !== null && isDrawn(node.parent) ? [link(place(node.parent), place(node))] : [],
  );
  const boxes = nodes.map((node) => box(node, place(node), locale));
  const summary =
    nodes.length === 0
      ? l10n.t('Nothing stands on anything yet: make a linked clone of a template first.')
      : l10n.t('{0} nodes; the links save {1}.', nodes.length, sizeText(saved, locale));
  return {
    nodes: nodes.length,
    summary,
    svg: [
      `<svg xmlns="http://www.w3.org/2000/svg" role="tree" aria-label="${escapeXml(summary)}" width="${right}" height="${bottom}" viewBox="0 0 ${right} ${bottom}">`,
      ...(style === '' ? [] : [`<style>${style}</style>`]),
      ...links,
      ...boxes,
      '</svg>',
    ].join('\n'),
  };
}

function isDrawn({ data }: Drawing): boolean {
  return data.id !== '';
}

interface Point {
  readonly left: number;
  readonly top: number;
}

function link(from: Point, to: Point): string {
  const [x1, y1, x2, y2] = [from.left + width, from.top + height / 2, to.left, to.top + height / 2];
  const middle = (x1 + x2) / 2;
  return `<path class="link" role="presentation" d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
}

function box({ data, depth, parent, children }: Drawing, { left, top }: Point, locale: string): string {
  const words = wordsOf(data, locale);
  const classes = [
    'node',
    data.kind,
    ...(data.running ? ['running'] : []),
    ...(data.finding === undefined ? [] : [data.finding.severity]),
  ];
  const siblings = parent?.children ?? [];
  const place = siblings.findIndex((one) => one.data.id === data.id) + 1;
  const aria = [
    `role="treeitem" tabindex="-1"`,
    `aria-level="${depth}" aria-posinset="${place}" aria-setsize="${siblings.length}"`,
    ...(children === undefined ? [] : ['aria-expanded="true"']),
    `aria-label="${escapeXml([data.name, ...words].join(', '))}"`,
  ].join(' ');
  return [
    `<g class="${classes.join(' ')}" data-id="${escapeXml(data.id)}" data-parent="${escapeXml(parent?.data.id ?? '')}" ${aria} transform="translate(${left} ${top})">`,
    `<title>${escapeXml([data.name, ...words].join('\n'))}</title>`,
    `<rect width="${width}" height="${height}" rx="5"/>`,
    `<text class="name" x="10" y="19">${escapeXml(short(data.name, 28))}</text> `,
    `<text class="detail" x="10" y="36">${escapeXml(short(words.join(', '), 36))}</text>`,
    '</g>',
  ].join('');
}

function wordsOf({ kind, domain, own, shared, finding }: PictureNode, locale: string): string[] {
  const state = domain === undefined ? l10n.t('volume') : stateWord(domain.state);
  return [
    ...(kind === 'template' ? [l10n.t('template')] : []),
    state,
    ...(finding === undefined ? [] : [faultWord(finding.fault)]),
    sizeText(own, locale),
    ...(shared === 0 ? [] : [l10n.t('shares {0}', sizeText(shared, locale))]),
  ];
}

function short(text: string, most: number): string {
  const letters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** Colours for a picture that stands alone: those of a page, light or dark as its reader likes it. */
export const fileStyle = [
  'text{font:13px sans-serif;fill:#222}.detail{font-size:11px;fill:#555}',
  'rect{fill:#fff;stroke:#888}.template rect{stroke:#0a6ebd;stroke-width:2}.volume rect{stroke-dasharray:4 3}',
  '.running rect{fill:#e6f4e6}.warning rect{stroke:#b8860b}.error rect{stroke:#c62828;stroke-width:2}',
  '.link{fill:none;stroke:#999}',
  '@media(prefers-color-scheme:dark){text{fill:#ddd}.detail{fill:#aaa}rect{fill:#1e1e1e}.running rect{fill:#16301a}}',
].join('');
