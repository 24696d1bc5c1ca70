import type { ServerResponse } from 'node:http';

/** Which InfluxDB is imitated; 1.8 takes `/write`, 3 `/api/v3/write_lp`, all take `/api/v2/write`. */
export type StrictFlavour = '1.8' | '2.7' | '2.9' | '3';

/** True for the flavours of InfluxDB 2. */
export function isOf2(flavour: StrictFlavour): boolean {
  return flavour === '2.7' || flavour === '2.9';
}

/** An answer to come. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** A line that was refused, and why. */
export interface BadLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  readonly reason: string;
}

/** An error in the words of a flavour: 2.7 has a code, the others have not. */
export function failure(flavour: StrictFlavour, status: number, code: string, message: string): Reply {
  if (!isOf2(flavour)) return { status, body: { error: message } };
  return { status, headers: { 'x-platform-error-code': code }, body: { code, message } };
}

/** Nothing of the batch was stored: 2.7 names all bad lines, 3 the first one. */
export function batchRefused(flavour: StrictFlavour, bad: readonly BadLine[]): Reply {
  const [first] = bad;
  if (flavour !== '3' || first === undefined) return failure(flavour, 400, 'invalid', unableToParse(bad));
  const { text, number, reason } = first;
  // One object, not a list: /api/v2/write of 3 stops at the first error (influxdb3_write validator.rs, accept_partial).
  const data = { original_line: text, line_number: number, error_message: reason };
  return { status: 400, body: { error: 'parsing failed for write_lp endpoint', data } };
}

/** How much of a line 3 shows. */
const SHOWN_LENGTH = 20;

/** 3 stored the others of the batch. */
export function listOfBad(bad: readonly BadLine[]): Reply {
  const inOrder = [...bad].sort((one, other) => one.number - other.number);
  const data = inOrder.map(({ text, number, reason }) => ({
    error_message: reason,
    line_number: number,
    original_line: text.slice(0, SHOWN_LENGTH),
  }));
  return { status: 400, body: { error: 'partial write of line protocol occurred', data } };
}

/** The others of the batch were stored. */
export function partialWrite(flavour: StrictFlavour, reason: string, droppedCount: number): Reply {
  const message = `partial write: ${reason} dropped=${String(droppedCount)}`;
  if (!isOf2(flavour)) return failure(flavour, 400, '', message);
  return failure(flavour, 422, 'unprocessable entity', `failure writing points to database: ${message}`);
}

/** As 1.x and 2.x list lines that they could not read. */
export function unableToParse(bad: readonly BadLine[]): string {
  return bad.map(({ text, reason }) => `unable to parse '${text}': ${reason}`).join('\n');
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
