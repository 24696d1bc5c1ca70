import fc from 'fast-check';

/** Pieces that have a meaning in line protocol, or that break what handles text carelessly. */
const SPECIAL_PIECES = [
  ',',
  '=',
  ' ',
  '"',
  "'",
  '\\',
  '\\\\',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '#',
  '_',
  'time',
  '_field',
  '__proto__',
  'constructor',
  '😀',
  '\ud83d',
  '\ude00',
  '\u2028',
  '\ufeff',
  ' f=1 1\nm,t=x f=2 2\n',
];

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...SPECIAL_PIECES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);

/** Text from outside: anything, of mostly what hurts. */
export const hostileText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** A name; now and then one around the longest kept. */
export const hostileName = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 505, max: 515 }), hostileText).map(([n, end]) => 'x'.repeat(n) + end),
  },
);

const hostileNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1e21, 5e-324, NaN, Infinity, -Infinity, 2 ** 53, Number.MAX_VALUE),
);

const hostileInteger = fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n });

/** Tags as JavaScript gives them, with values of no allowed type too. */
export const hostileTags = fc.dictionary(
  hostileName,
  fc.oneof({ weight: 4, arbitrary: hostileName }, hostileNumber, hostileInteger, fc.boolean(), fc.constant(null)),
  { maxKeys: 6 },
);

/** Fields as JavaScript gives them. */
export const hostileFields = fc.dictionary(
  hostileName,
  fc.oneof({ weight: 3, arbitrary: hostileText }, hostileNumber, hostileInteger, fc.boolean(), fc.constant(null)),
  { maxKeys: 6 },
);
