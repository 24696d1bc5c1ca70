/** What is counted, in one of its variants, in the process that does it. */
export interface Subject {
  /** Does the thing so many times. */
  readonly run: (times: number) => void | Promise<void>;
  /** What is not to be counted, between two blocks. */
  readonly settle?: () => void | Promise<void>;
}

/** Which subject is wanted. */
export interface SubjectInit {
  readonly variant: string;
  /** How many there are of what it is one among: routes, requests in flight, sockets. */
  readonly size: number;
  /** Of the server that it needs, if any. */
  readonly url: string;
}

/** Makes a subject ready. */
export type SubjectFactory = (init: SubjectInit) => Promise<Subject>;

/** The variant that all others are compared with. */
export const FLOOR = 'floor';
/** This library. */
export const OURS = 'ours';

/** Nothing is sent while it is counted: the topic `deliver` has that. */
export const FLUSHING_PERIOD_SECONDS = 3600;
export const REQUEST_ID = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
