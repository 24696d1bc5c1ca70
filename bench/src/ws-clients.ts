/** Opens WebSocket clients in a process of their own, for `ws.ts`: both ends of 10,000 would be too many for one. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

const [url = '', countText = '0'] = process.argv.slice(2);
const clients: WebSocket[] = [];
for (let index = 0; index < Number(countText); index += 1) {
  const client = new WebSocket(url);
  await once(client, 'open');
  clients.push(client);
}
process.send?.('open');
process.once('disconnect', () => {
  for (const client of clients) client.terminate();
});
