'use strict';

const tracer = require('dd-trace');

const traceIds = [];

exports.start = () => {
  tracer.init({
    url: process.env.AGENT_URL,
    flushInterval: 100,
    startupLogs: false,
    remoteConfig: { pollInterval: 0 },
  });
};

exports.traceId = () => {
  const id = tracer.scope().active()?.context().toTraceId(true);
  traceIds.push(id);
  return id;
};

/** The agent counts the spans. */
exports.end = async () => {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return { traceIds };
};
