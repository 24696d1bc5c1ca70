/** An Express service in a process of its own: `http.ts` starts it and tells it when to measure. */
import { HttpService, type HttpServiceInit } from './http-service.ts';
import { profileOf } from './profile.ts';

/** What the parent asks for: so many requests. */
export interface Order {
  readonly times: number;
  readonly inFlight: number;
  /** Says where the time goes instead of how much it is. */
  readonly isProfiled?: boolean;
}

const [variant = '', routeCount = '1', transport = 'memory'] = process.argv.slice(2);

const service = await HttpService.start({
  variant,
  routeCount: Number(routeCount),
  // The parent gives one of the two.
  transport: transport as HttpServiceInit['transport'],
});

process.on('message', (order: Order) => {
  const answer = order.isProfiled === true ? profileOf(order.times, () => measure(order)) : measure(order);
  void answer.then((measured) => process.send?.(measured));
});
// What is monitored may hold timers and connections: the service ends with who started it.
process.on('disconnect', () => process.exit());
process.send?.('ready');

/** CPU time of a request, in nanoseconds. */
async function measure({ times, inFlight }: Order): Promise<number> {
  const cpu = process.cpuUsage();
  await service.request(times, inFlight);
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1000) / times;
}
