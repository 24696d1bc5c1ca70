import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Debian's Chromium. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** It runs as root in a container, and asks nobody anything. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** A server on a port of 127.0.0.1 that can go away with all its connections, and come back. */
export class PageServer {
  readonly port: number;
  #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(listener: RequestListener): Promise<PageServer> {
    const server = createServer(listener);
    await listen(server, 0);
    // A server that listens on a port has an address of this kind.
    return new PageServer(server, (server.address() as AddressInfo).port);
  }

  get origin(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async restart(listener: RequestListener): Promise<void> {
    this.#server = createServer(listener);
    await listen(this.#server, this.port);
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** How long the page may take for what it is waited for, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Waits until an element has a text; it is an error that says which it has, where it never comes to it. */
export function waitForText(page: Page, selector: string, text: string): Promise<void> {
  const found = `document.querySelector(${JSON.stringify(selector)})?.textContent`;
  return waitUntil(page, `${found} === ${JSON.stringify(text)}`, found);
}

/**
 * Waits until something is true in the page. It looks at each frame; Playwright's own way of waiting evaluates text,
 * which the page's policy forbids.
 *
 * @param instead - what to tell of where it never is
 */
export async function waitUntil(page: Page, condition: string, instead = 'undefined'): Promise<void> {
  await page.evaluate(`new Promise((resolve, reject) => {
    const givesUpAt = performance.now() + ${String(PATIENCE_MS)};
    const look = () => {
      if (${condition}) resolve();
      else if (performance.now() > givesUpAt) reject(new Error(${JSON.stringify(condition)} + ', but is ' + ${instead}));
      else requestAnimationFrame(look);
    };
    look();
  })`);
}

/** Waits until what is shown ends after the five seconds that a time is in: a page that is paused ends with such. */
export function waitForSlotAfter(page: Page, second: number): Promise<void> {
  const end = new Date((Math.floor(second / 5) + 1) * 5000).toLocaleTimeString('en-GB');
  const shown = "(document.querySelector('#span').textContent.split(' – ')[1] ?? '').slice(0, 8)";
  return waitUntil(page, `${shown} >= '${end}'`, shown);
}

/** The texts of a table's cells, row by row. */
export function readTable(page: Page, panel: string): Promise<string[][]> {
  return page.evaluate(
    `[...document.querySelectorAll('#${panel} tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`,
  );
}

/** The figure and the detail of a tile. */
export function readTile(page: Page, id: string): Promise<string[]> {
  return page.locator(`[data-tile=${id}] dd`).allTextContents();
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

const AXE_SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds, however light. The page must be of a context that passes over its policy. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE_SOURCE);
  // It is what axe.run() resolves with.
  const violations = await page.evaluate<readonly Violation[]>('axe.run().then(({ violations }) => violations)');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join('; ')}`);
}
