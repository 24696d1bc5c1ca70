export type { ChannelTag, InstrumentSubscriberOptions } from './options.ts';
export { instrumentSubscriber, uninstrumentSubscriber, type Subscriber } from './subscriber.ts';
