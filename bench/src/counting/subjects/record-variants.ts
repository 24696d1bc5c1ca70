/**
 * How a point is recorded, or what is made in its place. Apart from `record.ts`, whose virtual clock is for the process that
 * counts alone: the one that asks for counts measures other topics by the real ones.
 */
export const RECORD_VARIANTS = {
  /** The point alone, which is made in every way of recording it. */
  BUILT: 'built',
  /** A point of the user's own takes tags and fields by name. */
  CLIENT: '@influxdata/influxdb-client: Point + toLineProtocol',
  FOLDED: 'folded',
  JSON_TEXT: 'JSON.stringify',
} as const;
