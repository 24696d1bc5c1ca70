import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import GithubSlugger from 'github-slugger';
import { describe, expect, it } from 'vitest';
import { ROOT } from './snippets.ts';

const LINK = /\[[^\]]*\]\(([^()\s]+(?:\([^()]*\))?[^()\s]*)\)/g;
const FENCE = /^```[\s\S]*?^```/gm;
const HEADING = /^#{1,6} +(.+)$/gm;
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', 'coverage', 'results', '.snippets', '.tsbuild']);

const pages = pagesIn(ROOT);

describe('the links of the documentation', () => {
  it('are looked at on all pages', () => {
    expect(pages.map((page) => relative(ROOT, page))).toEqual(
      expect.arrayContaining(['README.md', 'docs/faq.md', 'packages/core/README.md']),
    );
  });

  it.each(pages.map((page) => [relative(ROOT, page), page]))('lead somewhere: %s', (_name, page) => {
    const broken = linksOf(page).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  // A registry shows the page alone, beside nothing.
  it.each(readdirSync(join(ROOT, 'packages')))('stay in its tarball: %s', (name) => {
    const page = join(ROOT, 'packages', name, 'README.md');
    const outside = linksOf(page).filter((link) => !/^[a-z]+:/i.test(link) && !link.startsWith('#'));
    expect(outside).toEqual([]);
  });
});

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function linksOf(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(FENCE, '');
  return Array.from(prose.matchAll(LINK), ([, target = '']) => target);
}

/** A link to another host is only read, not followed: there may be no network. */
function leadsSomewhere(page: string, link: string): boolean {
  if (/^[a-z]+:/i.test(link)) return URL.canParse(link);
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : resolve(dirname(page), decodeURIComponent(path));
  if (!existsSync(target)) return false;
  return anchor === undefined || (statSync(target).isFile() && anchorsOf(target).has(anchor));
}

function anchorsOf(page: string): Set<string> {
  const slugger = new GithubSlugger();
  const prose = readFileSync(page, 'utf8').replace(FENCE, '');
  return new Set(Array.from(prose.matchAll(HEADING), ([, heading = '']) => slugger.slug(heading.replace(/[`*]/g, ''))));
}
