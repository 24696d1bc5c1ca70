import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type express from 'express';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../../../src/routing/express-shapes.ts';
import { mountPattern } from '../../../src/routing/patterns/layer-pattern.ts';
import { joinPatterns } from '../../../src/routing/patterns/join-patterns.ts';

const require = createRequire(import.meta.url);

/** Bytes on the heap that are in use. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** The layer that a mount makes, in Express 4 or in a router of its own. */
function layerOf(name: string, path: string | RegExp | (string | RegExp)[]): Layer {
  const module = require(name) as typeof express | (() => express.Router);
  const router = ('Router' in module ? module.Router : module)();
  router.use(path, () => undefined);
  // A router's stack holds its layers.
  const [layer] = (router as unknown as { stack: Layer[] }).stack;
  if (layer === undefined) throw new Error('a mount makes a layer');
  return layer;
}

describe.each(['express-4.18', 'express-4.22'])('a mount of %s', (name) => {
  it.each([
    ['/'],
    ['/api'],
    ['/Api/:Org'],
    ['/a/:x?'],
    ['/a/:id(\\d+)'],
    ['/a/:id(\\d+)/b'],
    ['/a/:id([a-z]{2})?/b'],
    ['/a/*'],
    ['*'],
    ['/a-:b.:c'],
    ['/a.b/:c'],
    ['/a(b)?c'],
    ['/a+b'],
    ['/ä b'],
    ['/a/:x*'],
    ['/a/:x/:y/:z'],
    ['/:a-:b'],
  ])('is read back as %s', (path) => {
    expect(mountPattern(layerOf(name, path), '')).toBe(path);
  });

  it('is read back without its trailing slash, which means nothing there', () => {
    expect(mountPattern(layerOf(name, '/api/'), '')).toBe('/api');
  });

  it('is all its paths where it has several', () => {
    expect(mountPattern(layerOf(name, ['/a', '/b/:x', '/c/:y?']), '')).toBe('/a,/b/:x,/c/:y?');
  });

  it.each([/^\/rx\/(\d+)/, /x/, /^\/a$/i])('is the source of %s', (path) => {
    expect(mountPattern(layerOf(name, path), '')).toBe(path.source);
  });

  it('is told the same the second time', () => {
    const layer = layerOf(name, '/a/:b');
    expect([mountPattern(layer, ''), mountPattern(layer, '')]).toEqual(['/a/:b', '/a/:b']);
  });
});

describe.each(['router-2.0', 'router-2.1', 'router-2.2'])('a mount of %s', (name) => {
  it.each([
    ['/api', '/api', '/api'],
    ['/api/:org', '/api/api', '/api/:org'],
    ['/:a/:b', '/a/b', '/:a/:b'],
    ['/:a/:b', '/z/Z', '/:a/:b'],
    ['/:a-:b', '/x-y-z', '/:a-:b'],
    ['/v:major.:minor', '/v1.2', '/v:major.:minor'],
    ['/files/*path', '/files/a/b/c', '/files/*path'],
    ['/a{/:x}', '/a', '/a'],
    ['/a{/:x}', '/a/1', '/a/:x'],
    ['/a{/:x}/b', '/a/b', '/a/b'],
    ['/:"odd name"', '/1', '/:"odd name"'],
    ['/u/:id', '/u/%F0%9F%98%80%20x', '/u/:id'],
    ['/userProfiles/:id', '/userProfiles/1', '/userProfiles/:id'],
  ])('at %s is read back from %s as %s', (path, text, pattern) => {
    const layer = layerOf(name, path);
    expect(mountPattern(layer, text)).toBe(pattern);
    expect(mountPattern(layer, text)).toBe(pattern);
  });

  it('keeps the reading of each set of parameters apart', () => {
    const layer = layerOf(name, '/a{/:x}');
    expect(['/a/1', '/a', '/a/2'].map((text) => mountPattern(layer, text))).toEqual(['/a/:x', '/a', '/a/:x']);
  });

  it('is the path that matched where it has several', () => {
    const layer = layerOf(name, ['/a', '/b/:x']);
    expect([mountPattern(layer, '/a'), mountPattern(layer, '/b/7')]).toEqual(['/a', '/b/:x']);
    expect(mountPattern(layer, '/c')).toBe('');
  });

  it('has no part of a URL that is too long to ask about, and is read from the next', () => {
    const layer = layerOf(name, '/a/:x/:y');
    expect(mountPattern(layer, `/a/${'1'.repeat(600)}/2`)).toBe('/:x/:y');
    expect(mountPattern(layer, '/a/1/2')).toBe('/a/:x/:y');
  });

  it('says that it is a regular expression, and nothing of the URL', () => {
    expect(mountPattern(layerOf(name, /^\/v\d+/), '/v7')).toBe('(regexp)');
  });
});

describe('joined patterns', () => {
  it('keep nothing of the URL that they were read from', () => {
    const count = 500;
    const before = usedMemory();
    for (let index = 0; index < count; index += 1) {
      const url = `/a-mount-of-its-own/${String(index).padStart(20, '0')}/${'x'.repeat(100_000)}`;
      joinPatterns(url.slice(0, 40), '/of-a-route/:id');
      joinPatterns('/under-a-prefix', url.slice(0, 40));
    }
    // All of the URLs are 50 MB.
    expect(usedMemory() - before).toBeLessThan(5_000_000);
  });

  it('are the same when they were joined before, and beyond those that are kept', () => {
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 12_000; index += 1) {
        // Each pattern under many prefixes.
        const prefix = `/group-${String(Math.floor(index / 500))}`;
        const pattern = `resource-${String(index % 500)}/:id`;
        expect(joinPatterns(prefix, `/${pattern}`)).toBe(`${prefix}/${pattern}`);
        expect(joinPatterns(prefix, pattern)).toBe(`${prefix}/${pattern}`);
      }
    }
  });

  it('are those of a prefix and a pattern that have the same text in other pieces', () => {
    expect(joinPatterns('/a', '/b/c')).toBe('/a/b/c');
    expect(joinPatterns('/a/b', '/c')).toBe('/a/b/c');
    expect([joinPatterns('/a', '/'), joinPatterns('', '/'), joinPatterns('', 'b'), joinPatterns('/a', '')]).toEqual([
      '/a',
      '/',
      'b',
      '/a',
    ]);
  });
});
