export type { ChannelTag, InstrumentSubscriberOptions, UninstrumentSubscriberOptions } from './options.ts';
export { instrumentSubscriber, uninstrumentSubscriber, type Subscriber } from './subscriber.ts';
