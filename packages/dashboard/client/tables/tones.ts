/** Share of failed requests from which on it is worth a look. */
export const WARN_SHARE = 0.01;

/** Share of failed requests from which on it is bad. */
export const BAD_SHARE = 0.05;
