import { expect, it } from 'vitest';
import { Program } from '../demo/program.ts';
import { waitUntil } from './browser.ts';
import { ends, open } from './running-page.ts';

/** The demo is compiled, and starts a database and Redis, before its page is there. */
const START_MS = 120_000;

it(
  "leads from the failed tile to the request id of a named failure in two clicks, with the demo's traffic",
  async () => {
    const demo = new Program('examples/demo/src/main.ts', ['--rate', '60'], {});
    ends.push(async () => {
      demo.signal('SIGINT');
      await demo.ended;
    });
    const [url = ''] =
      /http:\/\/127\.0\.0\.1:\d+\//.exec((await demo.line(/page.*(http:\/\/127\.0\.0\.1:\d+\/)/))[0]) ?? [];
    const { page } = await open(url);
    await waitUntil(page, "document.querySelector('#errorCodes tbody tr button.open') !== null");
    await page.click('[data-tile=failed]');
    await waitUntil(page, "document.querySelector('#drawer .events .copy') !== null");
    await page.click('#drawer .events .copy');
    expect(await page.textContent('#drawer .events code')).toMatch(/^[\w,-]{8,}$/);
    expect(await page.locator('#drawer .events tbody tr').first().textContent()).toMatch(/[A-Z]+:(\/|unmatched)/);
  },
  START_MS,
);
