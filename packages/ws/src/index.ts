export { StuckSocketPoint, type StuckSocketPointInit } from './gauges.ts';
export { HandshakeData, handshakeData } from './handshake-data.ts';
export type { InstrumentUpgradesOptions, WrapServerOptions, WrapSocketOptions } from './options.ts';
export { recordSend } from './record-send.ts';
export type { SendCallback } from './send-measure.ts';
export { unwrapServer, wrapServer, type InstrumentableSocketServer } from './server.ts';
export { unwrapSocket, wrapSocket, type InstrumentableSocket } from './socket.ts';
export { instrumentUpgrades, uninstrumentUpgrades, type InstrumentableServer } from './upgrades.ts';
