import { HttpService } from '../../http-service.ts';
import { advance } from '../virtual-clock.ts';
import { FLUSHING_PERIOD_SECONDS, type Subject, type SubjectFactory } from './subject.ts';

const REQUEST_MS = 0.1;

/** A request to one of so many routes of an Express service in turn, in memory; the variants are those of the topic `http`. */
export const requestAmongRoutes: SubjectFactory = ({ variant, size }) => requestOf(variant, size, 1);

/** A request that is on its way with so many, itself included. */
export const requestAmongRequests: SubjectFactory = ({ variant, size }) => requestOf(variant, 1, size);

async function requestOf(variant: string, routeCount: number, inFlight: number): Promise<Subject> {
  const flushingPeriod = FLUSHING_PERIOD_SECONDS;
  const service = await HttpService.start({ flushingPeriod, variant, routeCount, transport: 'memory' });
  const tick = (): void => {
    advance(REQUEST_MS * inFlight);
  };
  return { run: (times) => service.request(times, inFlight, tick) };
}
