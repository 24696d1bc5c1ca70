export { HandshakeData, handshakeData } from './handshakes/data.ts';
export { instrumentUpgrades, uninstrumentUpgrades, type InstrumentableServer } from './handshakes/upgrades.ts';
export type {
  HandshakeIgnoreRule,
  InstrumentUpgradesOptions,
  UnwrapOptions,
  WrapServerOptions,
  WrapSocketOptions,
} from './options.ts';
export type { SendCallback } from './sending/measure.ts';
export { recordSend } from './sending/record-send.ts';
export { unwrapServer, wrapServer, type InstrumentableSocketServer } from './sending/server.ts';
export { unwrapSocket, wrapSocket, type InstrumentableSocket } from './sending/socket.ts';
export { StuckSocketPoint, type StuckSocketPointInit } from './sending/stuck-sockets.ts';
