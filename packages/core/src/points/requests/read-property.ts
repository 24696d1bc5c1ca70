/** From Node 24 on V8 keeps one shape for all messages that Express has given prototypes of its own. */
const FIRST_MAJOR_OF_ONE_SHAPE = 24;

const hasOneShape = Number(process.versions.node.split('.')[0]) >= FIRST_MAJOR_OF_ONE_SHAPE;

/** Reads one property of a message, as `message[key]` does. */
export type Reader<Key extends PropertyKey> = <Message extends { readonly [Name in Key]?: unknown }>(
  message: Message,
) => Message[Key];

/**
 * What reads a property of requests and responses.
 *
 * Express gives each of them prototypes of its own, after which the V8 of Node 20 and 22 knows no two of one shape: an
 * inline cache misses at every read, which takes 1,500 to 2,500 instructions. `Reflect.get` asks none: 340, and as many
 * on Node 24, where a plain read takes 80 or fewer. The benchmark is `npm run bench -- instructions`.
 *
 * @param plainly - the way for Node 24 and later: a function for each property, since one for all would have one inline
 * cache for all, with more names than it holds
 */
export function readerOf<Key extends PropertyKey>(key: Key, plainly: Reader<Key>, isPlain = hasOneShape): Reader<Key> {
  return isPlain ? plainly : (message) => Reflect.get(message, key);
}

/** What is read of messages in the course of a request. */
export const read = createReaders(hasOneShape);

/** @param isPlain - whether all messages have one shape */
export function createReaders(isPlain: boolean) {
  return {
    app: readerOf('app', (message) => message.app, isPlain),
    baseUrl: readerOf('baseUrl', (message) => message.baseUrl, isPlain),
    destroyed: readerOf('destroyed', (message) => message.destroyed, isPlain),
    emit: readerOf('emit', (message) => message.emit, isPlain),
    hasHeader: readerOf('hasHeader', (message) => message.hasHeader, isPlain),
    headers: readerOf('headers', (message) => message.headers, isPlain),
    headersSent: readerOf('headersSent', (message) => message.headersSent, isPlain),
    httpVersionMajor: readerOf('httpVersionMajor', (message) => message.httpVersionMajor, isPlain),
    method: readerOf('method', (message) => message.method, isPlain),
    monitoring: readerOf('monitoring', (message) => message.monitoring, isPlain),
    next: readerOf('next', (message) => message.next, isPlain),
    route: readerOf('route', (message) => message.route, isPlain),
    setHeader: readerOf('setHeader', (message) => message.setHeader, isPlain),
    socket: readerOf('socket', (message) => message.socket, isPlain),
    statusCode: readerOf('statusCode', (message) => message.statusCode, isPlain),
    upgrade: readerOf('upgrade', (message) => message.upgrade, isPlain),
    url: readerOf('url', (message) => message.url, isPlain),
    writableFinished: readerOf('writableFinished', (message) => message.writableFinished, isPlain),
  };
}
