import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { readAnswerBody, type AnswerBody } from './answer-body.ts';
import type { HttpConnection } from './connection.ts';

/** What is asked of a database. */
export interface HttpQuestion {
  readonly body?: Buffer | undefined;
  readonly headers: OutgoingHttpHeaders;
  /** How much of the answer's body is read, in bytes: then the request ends. */
  readonly maxAnswerBytes: number;
  readonly method: 'GET' | 'POST';
  /** With its query, without the prefix of the connection. */
  readonly path: string;
  /** Ends the request, its socket with it. */
  readonly signal: AbortSignal;
}

/** What a database, or a proxy before it, said. */
export interface HttpAnswer extends AnswerBody {
  readonly status: number;
  /** The header Retry-After: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
  /** The header Location: where a redirection leads. */
  readonly location?: string | undefined;
}

/**
 * Asks a database one thing, over a connection that is open or a new one.
 *
 * It rejects where no answer comes, where it is cut, and where the signal ends it. A connection that the other side closed
 * while it was idle counts as none: the question is asked once more over a new one.
 */
export async function exchange(connection: HttpConnection, question: HttpQuestion): Promise<HttpAnswer> {
  try {
    return await ask(connection, question);
  } catch (error) {
    if (!(error instanceof IdleConnectionLost) || question.signal.aborted) throw causeOf(error);
    connection.renew();
    return await ask(connection, question).catch((second: unknown) => {
      throw causeOf(second);
    });
  }
}

/** The other side closed the connection before it could know of the question. */
class IdleConnectionLost extends Error {}

function causeOf(error: unknown): unknown {
  return error instanceof IdleConnectionLost ? error.cause : error;
}

async function ask(connection: HttpConnection, question: HttpQuestion): Promise<HttpAnswer> {
  const { body, headers, maxAnswerBytes, method, path, signal } = question;
  signal.throwIfAborted();
  const request = connection.open({
    method,
    path: `${connection.path}${path}`,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      ...(body !== undefined && { 'content-length': body.length }),
    },
  });
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => {
      reject(asError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    const response = answerTo(request);
    request.end(body);
    return await Promise.race([response.then((head) => readAnswer(request, head, maxAnswerBytes)), aborted]);
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', (error) => {
      // It changes nothing once there is an answer: that one's own end tells what became of it.
      const isLost = request.reusedSocket && isReset(error);
      reject(isLost ? new IdleConnectionLost('the idle connection was closed', { cause: error }) : error);
    });
    // As after an answer of 101, which we never asked for.
    request.on('close', () => {
      reject(new Error('the connection was closed without an answer'));
    });
  });
}

async function readAnswer(
  request: ClientRequest,
  response: IncomingMessage,
  maxAnswerBytes: number,
): Promise<HttpAnswer> {
  const body = await readAnswerBody(response, maxAnswerBytes);
  // What comes beyond the bound is not waited for.
  if (body.isCut) request.destroy();
  return { ...body, ...headOf(response) };
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Omit<HttpAnswer, keyof AnswerBody> {
  return { status: statusCode, retryAfter: headers['retry-after'], location: headers.location };
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('ended');
}
