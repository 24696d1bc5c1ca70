'use strict';

/**
 * Loads a dependency when it is first needed: a process needs few of them, and together they take 20 MiB of memory.
 *
 * A file of CommonJS, since only there a load is literal, so that every bundler sees it, and lazy and synchronous at
 * once. In an ES module it would be `createRequire(import.meta.url)`, which is nothing in a bundle of CommonJS.
 */
exports.loadInflux1Client = () => require('influx');
exports.loadInflux2Client = () => require('@influxdata/influxdb-client');
exports.loadYaml = () => require('yaml');
