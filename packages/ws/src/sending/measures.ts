import type { BaseMonitoring } from '@influx-monitoring/core';
import type { SocketMeasure } from './measure.ts';

/** Where a socket's measures stand: found again by a second copy of this package, as where ESM and CommonJS meet. */
const MEASURES = Symbol.for('influx-monitoring.ws.measures.1');

interface Measured {
  [MEASURES]?: SocketMeasure | undefined;
}

/** The first of a socket's measures; the others follow it. */
export function firstMeasureOf(socket: object): SocketMeasure | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  return (socket as Measured)[MEASURES];
}

/** The measure of a socket for one monitoring. */
export function measureFor(socket: object, monitoring: BaseMonitoring): SocketMeasure | undefined {
  let each = firstMeasureOf(socket);
  while (each !== undefined && each.monitoring !== monitoring) each = each.next;
  return each;
}

/** Whether a socket has had measures, and still has a method of ours somewhere. */
export function hasPlaceForMeasures(socket: object): boolean {
  return Object.hasOwn(socket, MEASURES);
}

export function addMeasure(socket: object, measure: SocketMeasure): void {
  let last = firstMeasureOf(socket);
  if (last === undefined) {
    Object.defineProperty(socket, MEASURES, { configurable: true, enumerable: false, value: measure, writable: true });
    return;
  }
  while (last.next !== undefined) last = last.next;
  last.next = measure;
}

/**
 * Takes away a socket's measures of one monitoring, or of all.
 *
 * @returns whether any is left
 */
export function removeMeasures(socket: object, monitoring: BaseMonitoring | undefined): boolean {
  let first: SocketMeasure | undefined;
  if (monitoring !== undefined) {
    // A list of one or two: what stays is linked anew, in its order.
    const kept: SocketMeasure[] = [];
    for (let each = firstMeasureOf(socket); each !== undefined; each = each.next) {
      if (each.monitoring !== monitoring) kept.push(each);
    }
    for (const [index, each] of kept.entries()) each.next = kept[index + 1];
    first = kept[0];
  }
  if (hasPlaceForMeasures(socket)) (socket as Measured)[MEASURES] = first;
  return first !== undefined;
}

/** Leaves nothing on a socket, once no method of ours is there any more. */
export function removePlaceForMeasures(socket: object): void {
  Reflect.deleteProperty(socket, MEASURES);
}
