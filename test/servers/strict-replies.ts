import type { ServerResponse } from 'node:http';

/** Which InfluxDB is imitated; 1.x takes `/write`, 3 `/api/v3/write_lp`, all but 1.6 take `/api/v2/write`. */
export type StrictFlavour = '1.6' | '1.8' | '2.7' | '2.9' | '3';

/** True for the flavours of InfluxDB 1. */
export function isOf1(flavour: StrictFlavour): boolean {
  return flavour === '1.6' || flavour === '1.8';
}

/** True for the flavours of InfluxDB 2. */
export function isOf2(flavour: StrictFlavour): boolean {
  return flavour === '2.7' || flavour === '2.9';
}

/** An answer to come. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
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

/** What 3 says where nothing of the batch was stored: over the address of 2.x it names no line, over its own the first. */
export function parsingFailed(isNative: boolean, [first]: readonly BadLine[]): Reply {
  if (!isNative || first === undefined) return writeBufferError('parsing for line protocol failed');
  return { status: 400, body: { error: 'parsing failed for write_lp endpoint', data: shown(first) } };
}

/** What 3 says of a body without a line. */
export function emptyWrite(isNative: boolean): Reply {
  const reason = 'incoming write was empty';
  return isNative ? { status: 400, body: reason } : writeBufferError(reason);
}

function writeBufferError(reason: string): Reply {
  return invalidOf3(`write buffer error: ${reason}`);
}

/** A 400 in the words of 3. */
export function invalidOf3(message: string): Reply {
  return { status: 400, body: { code: 'invalid', message } };
}

/** How much of a line 3 shows. */
const SHOWN_LENGTH = 20;

/** 3 stored the others of the batch. */
export function listOfBad(bad: readonly BadLine[]): Reply {
  const inOrder = [...bad].sort((one, other) => one.number - other.number);
  return { status: 400, body: { error: 'partial write of line protocol occurred', data: inOrder.map(shown) } };
}

function shown({ text, number, reason }: BadLine): object {
  return { error_message: reason, line_number: number, original_line: text.slice(0, SHOWN_LENGTH) };
}

/**
 * The others of the batch were stored.
 *
 * @param place - what 2.x says of database and policy behind some reasons
 */
export function partialWrite(flavour: StrictFlavour, reason: string, droppedCount: number, place = ''): Reply {
  const message = `partial write: ${reason} dropped=${String(droppedCount)}${place}`;
  if (!isOf2(flavour)) return failure(flavour, 400, '', message);
  return failure(flavour, 422, 'unprocessable entity', `failure writing points to database: ${message}`);
}

/** As 1.x and 2.x list lines that they could not read. */
export function unableToParse(bad: readonly BadLine[]): string {
  return bad.map(({ text, reason }) => `unable to parse '${text}': ${reason}`).join('\n');
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const isJson = typeof body === 'object' && headers?.['content-type'] === undefined;
  response.writeHead(status, { ...(isJson && { 'content-type': 'application/json' }), ...headers });
  response.end(typeof body === 'object' ? JSON.stringify(body) : body);
}
