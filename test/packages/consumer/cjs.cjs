const { deepStrictEqual } = require('node:assert');
const libraries = require('./libraries.cjs');
const { EXPECTED, smoke } = require('./smoke.cjs');

void smoke(libraries).then((points) => deepStrictEqual(points, EXPECTED));
