/** A field of the downsampled series. */
export interface Downsampled {
    readonly source: string;
    readonly target: string;
    readonly aggregate: 'count' | 'sum' | 'mean' | 'max' | 'percentile 99';
}
/** A series and what is kept of it, of every five minutes. */
export interface DownsampledSeries {
    readonly series: string;
    readonly fields: readonly Downsampled[];
}
/** How long the intervals are, as both InfluxQL and Flux have it. */
export declare const INTERVAL = "5m";
/** Points that come late, as from a spool, still count for so long. */
export declare const LATENESS = "15m";
/** All series of the library, but those that are opt-in. */
export declare const DOWNSAMPLED_SERIES: readonly DownsampledSeries[];
