/* global expect, test -- of Jest */
const libraries = require('./libraries.cjs');
const { EXPECTED, smoke } = require('./smoke.cjs');

test('records in Jest, loaded as CommonJS', async () => {
  expect(await smoke(libraries)).toEqual(EXPECTED);
});
