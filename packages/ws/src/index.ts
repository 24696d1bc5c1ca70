export { StuckSocketPoint, type StuckSocketPointInit } from './gauges.ts';
export type { WrapSocketOptions } from './options.ts';
export { recordSend } from './record-send.ts';
export type { SendCallback } from './send-measure.ts';
export { unwrapSocket, wrapSocket, type InstrumentableSocket } from './socket.ts';
