'use strict';

const Sentry = require('@sentry/node');

const transactions = [];
const errors = [];

exports.start = () => {
  Sentry.init({
    dsn: 'http://key@127.0.0.1:9/1',
    tracesSampleRate: 1,
    ...(process.env.IGNORED_URL && {
      integrations: [
        Sentry.httpIntegration({ ignoreOutgoingRequests: (url) => url.startsWith(process.env.IGNORED_URL) }),
      ],
    }),
    beforeSend: (event) => (errors.push(event), event),
    beforeSendTransaction: (event) => (transactions.push(event), event),
    transport: () => ({ send: async () => ({ statusCode: 200 }), flush: async () => true }),
  });
};

exports.traceId = () => Sentry.getActiveSpan()?.spanContext().traceId;

exports.end = async () => {
  Sentry.captureException(new Error('probe'));
  await Sentry.flush(2000);
  const hasWrite = (value) => JSON.stringify(value).includes('/api/v2/write');
  const servers = transactions.filter(({ contexts }) => contexts.trace.op === 'http.server');
  return {
    requests: servers.length,
    writes: transactions.filter(hasWrite).length,
    breadcrumbs: errors.flatMap(({ breadcrumbs = [] }) => breadcrumbs).filter(hasWrite).length,
    traceIds: servers.map(({ contexts }) => contexts.trace.trace_id),
  };
};
