'use strict';

const { SpanKind, trace } = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();

exports.start = () => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] });
};

exports.traceId = () => trace.getActiveSpan()?.spanContext().traceId;

exports.end = async () => {
  const spans = exporter.getFinishedSpans();
  const isWrite = ({ attributes }) =>
    Object.values(attributes).some((value) => String(value).includes('/api/v2/write'));
  return {
    requests: spans.filter(({ kind }) => kind === SpanKind.SERVER).length,
    writes: spans.filter(isWrite).length,
    traceIds: spans.filter(({ kind }) => kind === SpanKind.SERVER).map((span) => span.spanContext().traceId),
  };
};
