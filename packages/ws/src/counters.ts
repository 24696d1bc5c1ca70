/** In `stats().counters`: sends that no Redis message is known to have caused. */
export const WITHOUT_CONTEXT = 'ws_send_without_context';

/** In `stats().counters`: how often a function among the options threw, rejected, or gave a promise for a value. */
export const OPTION_THREW = 'ws_option_threw';
