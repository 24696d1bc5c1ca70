export { StuckSocketPoint, type StuckSocketPointInit } from './gauges.ts';
export type { WrapSocketOptions } from './options.ts';
export { unwrapSocket, wrapSocket, type InstrumentableSocket } from './socket.ts';
