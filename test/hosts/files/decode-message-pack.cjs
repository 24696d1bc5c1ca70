'use strict';

/** Prints files of MessagePack as one array of JSON, their big integers as text. */
const { readFileSync } = require('node:fs');
const { decode } = require('@msgpack/msgpack');

const values = process.argv.slice(2).map((path) => decode(readFileSync(path), { useBigInt64: true }));
console.log(JSON.stringify(values, (_key, value) => (typeof value === 'bigint' ? value.toString(16) : value)));
