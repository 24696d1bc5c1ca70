'use strict';

/** Three processes of node:cluster behind one port: a request may be served by another than the one that sent it. */
const cluster = require('node:cluster');
const { createMonitoring } = require('@influx-monitoring/core');
const { monitoringDashboard } = require('@influx-monitoring/dashboard');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const { fail, serve } = require('./serve.cjs');

if (cluster.isPrimary) {
  for (let index = 0; index < 3; index += 1) cluster.fork();
  cluster.on('exit', (_worker, code) => {
    if (code !== 0) process.exitCode = 1;
  });
} else {
  serve({ createMonitoring, express, influxMonitoring, monitoringDashboard }).then(() => process.disconnect(), fail);
}
