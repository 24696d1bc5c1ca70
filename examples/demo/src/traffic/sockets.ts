import { WebSocket } from 'ws';
import { ACCOUNT_IDS, pick, type TrafficOptions } from './options.ts';

const MIN_LIFE_MS = 5_000;
const MAX_LIFE_MS = 20_000;
const REFUSED_EVERY_MS = 1000;
const DEAF_EVERY_MS = 1500;
const DEAF_LIFE_MS = 1200;

/** Keeps sockets open, each for some seconds, and now and then opens one that goes wrong. Returns what ends that. */
export function startSockets(options: TrafficOptions): () => void {
  const open = new Set<WebSocket>();
  let isStopped = false;
  const openSocket = (index: number): void => {
    const socket = connect(options, pick(ACCOUNT_IDS, index));
    open.add(socket);
    const lifeMs = MIN_LIFE_MS + Math.random() * (MAX_LIFE_MS - MIN_LIFE_MS);
    const timer = setTimeout(() => {
      socket.close();
    }, lifeMs);
    socket.once('close', () => {
      clearTimeout(timer);
      open.delete(socket);
      if (!isStopped) openSocket(index);
    });
  };
  for (let index = 0; index < options.sockets; index += 1) openSocket(index);

  let turn = 0;
  const timers = [
    setInterval(() => connect(options), REFUSED_EVERY_MS),
    setInterval(() => {
      turn += 1;
      openDeafSocket(options, pick(ACCOUNT_IDS, turn));
    }, DEAF_EVERY_MS),
  ];
  return () => {
    isStopped = true;
    timers.forEach(clearInterval);
    for (const socket of open) socket.close();
  };
}

/** A client that says good-bye and then hears nothing: until it is gone, what is sent to it fails. */
function openDeafSocket(options: TrafficOptions, accountId: string): void {
  const socket = connect(options, accountId);
  socket.once('open', () => {
    socket.pause();
    socket.close();
    setTimeout(() => {
      socket.terminate();
    }, DEAF_LIFE_MS);
  });
}

/** @param accountId - without one the handshake is refused */
function connect({ senderPort }: TrafficOptions, accountId?: string): WebSocket {
  const headers = accountId === undefined ? {} : { 'Luna-Account-Id': accountId };
  const socket = new WebSocket(`ws://127.0.0.1:${String(senderPort)}/ws`, { headers });
  // What fails here is for the other side to tell.
  socket.on('error', () => undefined);
  return socket;
}
