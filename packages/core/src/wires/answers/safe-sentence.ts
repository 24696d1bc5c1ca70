import { LINE_END } from '../../batch/lines.ts';
import { safeText } from '../../process/outside-text.ts';
import type { Steps } from './slices.ts';

/** What is told of a sentence, beside the status before it. */
const MAX_TOLD_LENGTH = 280;

/** How many bytes of the batch a step looks through. */
const STEP_BYTES = 64 * 1024;

/** A sentence made fit to be told, without what it says of the lines sent, however it says it. */
export function* safeSentence(sentence: string, sentBytes: Buffer): Steps<string> {
  let safe = withoutTags(sentence).replace(/ ?dropped=\d{1,9}$/, '');
  for (let start = 0; start < sentBytes.length && safe !== '';) {
    const end = sentBytes.indexOf(LINE_END, start + STEP_BYTES);
    const until = end === -1 ? sentBytes.length : end;
    safe = safeText(safe, sentBytes.subarray(start, until));
    start = until + 1;
    yield;
  }
  return cut(safeText(safe));
}

/** The same of one line's reason. */
export function safeLineText(text: string, line?: Buffer): string {
  return cut(safeText(text.slice(0, 2 * MAX_TOLD_LENGTH), line));
}

function cut(text: string): string {
  return text.length <= MAX_TOLD_LENGTH ? text : `${text.slice(0, MAX_TOLD_LENGTH - 1)}…`;
}

/** What a page of HTML says. A tag that does not end stays. */
function withoutTags(text: string): string {
  const [first = '', ...parts] = text.split('<');
  const rest = parts.map((part) => {
    const end = part.indexOf('>');
    return end === -1 ? `<${part}` : ` ${part.slice(end + 1)}`;
  });
  return `${first}${rest.join('')}`.replace(/\s{1,4096}/g, ' ').trim();
}
