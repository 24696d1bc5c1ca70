import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './snippets.ts';

const PICTURE = readFileSync(join(ROOT, 'docs', 'images', 'flow.svg'), 'utf8');
/** Width of a character of DejaVu Sans, the widest font that renderers fall back to, on average and in ems. */
const EMS = 0.65;
const SIZES: Readonly<Record<string, number>> = { text: 15, small: 12 };

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const boxes: readonly Box[] = elementsOf('rect').map(({ x = '', y = '', width = '', height = '' }) => ({
  left: Number(x),
  right: Number(x) + Number(width),
  top: Number(y),
  bottom: Number(y) + Number(height),
}));

it.each(elementsOf('text').map((text) => [text['content'] ?? '', text] as const))(
  'fits its box in the flow picture: %s',
  (content, { class: kind = '', x = '', y = '' }) => {
    const right = Number(x) + content.length * EMS * (SIZES[kind] ?? NaN);
    const holding = boxes.filter(
      (box) => box.left < Number(x) && right < box.right && box.top < Number(y) && Number(y) < box.bottom,
    );
    expect(holding).toHaveLength(1);
  },
);

function elementsOf(name: string): Record<string, string>[] {
  const found = PICTURE.matchAll(new RegExp(`<${name} ([^>]*?)/?>(?:([^<]*)</${name}>)?`, 'g'));
  return Array.from(found, ([, attributes = '', content = '']) => ({
    content,
    ...Object.fromEntries(
      Array.from(attributes.matchAll(/([a-z-]+)="([^"]*)"/g), ([, key = '', value]) => [key, value]),
    ),
  }));
}
