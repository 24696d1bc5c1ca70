'use strict';

/** A script that ends by `process.exit` as soon as its work is done. */
const { createMonitoring } = require('@influx-monitoring/core');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const { createApp, exercise, fail } = require('./serve.cjs');

const monitoring = createMonitoring();
exercise(createApp({ express, influxMonitoring, monitoring })).then(() => process.exit(0), fail);
