import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
// The build puts what was bundled for it in this one's place.
import { readClientFiles } from '../../build/source-client-files.ts';

const compress = promisify(gzip);

/** A file of the page, ready to be sent. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  /** True where the name changes with the content. */
  readonly isImmutable: boolean;
}

const HASH_LENGTH = 12;
const MAX_COMPRESSION = 9;

let assets: Promise<ReadonlyMap<string, Asset>> | undefined;

/** The files of the page by their path below the mount; read and compressed once, when first asked for. */
export function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  assets ??= createAssets();
  return assets;
}

async function createAssets(): Promise<ReadonlyMap<string, Asset>> {
  const { icon, page, script, style } = readClientFiles();
  const names = {
    icon: nameOf('icon', 'svg', icon),
    script: nameOf('page', 'js', script),
    style: nameOf('page', 'css', style),
  };
  const html = page
    .replace('{{icon}}', names.icon)
    .replace('{{script}}', names.script)
    .replace('{{style}}', names.style);
  return new Map([
    ['/', await createAsset('text/html; charset=utf-8', html, false)],
    [`/${names.icon}`, await createAsset('image/svg+xml', icon, true)],
    [`/${names.script}`, await createAsset('text/javascript; charset=utf-8', script, true)],
    [`/${names.style}`, await createAsset('text/css; charset=utf-8', style, true)],
  ]);
}

async function createAsset(type: string, text: string, isImmutable: boolean): Promise<Asset> {
  const body = Buffer.from(text);
  const gzipped = await compress(body, { level: MAX_COMPRESSION });
  return { type, body, gzipped, etag: `"${hashOf(text)}"`, isImmutable };
}

function nameOf(name: string, extension: string, text: string): string {
  return `assets/${name}.${hashOf(text)}.${extension}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
