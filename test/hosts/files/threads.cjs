'use strict';

/** The service in three threads of one process: the first one and two workers. */
const { isMainThread, Worker } = require('node:worker_threads');

if (isMainThread) {
  for (let index = 0; index < 2; index += 1) {
    new Worker(__filename).on('exit', (code) => {
      if (code !== 0) process.exitCode = 1;
    });
  }
}
require('./service.cjs');
