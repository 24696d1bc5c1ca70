import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOfText } from '../../../src/batch/batch.ts';
import { outcomeOfAnswer } from '../../../src/wires/answers/outcome-of-answer.ts';
import { readRefusal } from '../../../src/wires/answers/refusal.ts';
import { countSteps, piecesOf } from '../../support/steps.ts';

const BATCH = batchOfText('m,t=a f=1 1\nm,t=b f=2 2');

/** What has made scanners go back: quotations and tags that do not end, signs of JSON without its order. */
const UNITS = [
  '<',
  '<a ',
  "unable to parse '",
  "unable to parse '\n",
  "': ",
  '"',
  '\\',
  '\\u',
  '{',
  '[',
  '{"data":[',
  '{"line_number":1,',
  '{"error":"',
  'dropped=',
  'dropped=1 ',
  'input field "',
  '" on measurement "',
  'Retention Policy Lower Bound at ',
  'line(s):',
  'line 1: ',
  '\n',
  ' ',
  '9',
  '😀',
];

const unit = fc.oneof(fc.constantFrom(...UNITS), fc.string({ maxLength: 20 }));
const beginning = fc.constantFrom('', '{"error":"', '{"message":"', '{"data":[{"line_number":', '<html>');

/** The work of a step is bounded by a piece, so steps in proportion to length are time in proportion to length. */
describe('reading an answer', () => {
  it('takes a step for each piece, whatever stands in it', () => {
    fc.assert(
      fc.property(
        beginning,
        fc.array(unit, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 60_000 }),
        (begin, units, count) => {
          const pieces = piecesOf(begin + units.join('').repeat(Math.ceil(count / Math.max(1, units.join('').length))));
          expect(countSteps(readRefusal(pieces)).count).toBe(pieces.length + 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each(UNITS)('takes four times as long for four times the text at most, and never long: %j', (text) => {
    const timeOf = (length: number): number => {
      const pieces = piecesOf(`{"error":"${text.repeat(Math.ceil(length / text.length))}`);
      const startedAt = performance.now();
      countSteps(outcomeOfAnswer({ status: 400, pieces, isCut: true }, BATCH));
      return performance.now() - startedAt;
    };
    timeOf(10_000);
    // A scanner that goes back takes seconds for this; ours takes some 20 ms, and the machine may be busy.
    expect(timeOf(1_000_000)).toBeLessThan(2000);
  });

  it('takes steps in proportion to the lines and the bytes sent', () => {
    const stepsFor = (lineCount: number): number => {
      const lines = Array.from({ length: lineCount }, (_, index) => `m,t=${String(index)} f=NaN ${String(index)}`);
      const sentence = lines.map((line) => `unable to parse '${line}': invalid number`).join('\n');
      const pieces = piecesOf(JSON.stringify({ error: sentence }));
      return countSteps(outcomeOfAnswer({ status: 400, pieces, isCut: false }, batchOfText(lines.join('\n')))).count;
    };
    expect(stepsFor(4000)).toBeLessThan(stepsFor(1000) * 4.5);
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 7 }),
        (text, size) => {
          const sentence = `e${text.replace(/[\n']|unable/g, '')}`;
          const body = JSON.stringify({
            code: 'x',
            data: [{ deep: { error: 'no' } }, [1, 'a'], null],
            error: sentence,
            n: -1.5e3,
          });
          const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, index) =>
            body.slice(index * size, index * size + size),
          );
          expect(countSteps(readRefusal(pieces)).result.sentence).toBe(sentence);
        },
      ),
    );
  });
});
