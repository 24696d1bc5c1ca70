// The oldest ws of version 8, installed under another name; its types are those of the newest.
declare module 'ws-8.0' {
  export { WebSocket, WebSocketServer, createWebSocketStream } from 'ws';
}
