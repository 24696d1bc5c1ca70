'use strict';

/** Prints what a container may do: the tests ask it first, since in one that may do everything they would show nothing. */
const { writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { getHeapStatistics } = require('node:v8');

const resultOf = (task) => {
  try {
    task();
    return 'done';
  } catch (error) {
    return error.code;
  }
};

const writes = [process.cwd(), '/', '/tmp', process.env.MONITORING_SPOOL_FOLDER].map((folder) => [
  folder,
  resultOf(() => writeFileSync(`${folder}/probe`, '')),
]);
console.log(
  JSON.stringify({
    heapMiB: Math.round(getHeapStatistics().heap_size_limit / 2 ** 20),
    home: resultOf(homedir),
    pid: process.pid,
    uid: process.getuid(),
    gid: process.getgid(),
    writes: Object.fromEntries(writes),
  }),
);
