// The API reference at `/docs/api`: Swagger UI over the API document.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { digestOf, IMMUTABLE, prepareAnswer, type PreparedAnswer } from '../platform/http/index.js';
import { REFERENCE_SCRIPT, REFERENCE_STYLE } from './reference-script.js';

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

const require = createRequire(import.meta.url);
const swagger = {
  folder: dirname(require.resolve('swagger-ui-dist/package.json')),
  version: (require('swagger-ui-dist/package.json') as { version: string }).version,
};
/** Changes with the files, so that browsers may keep them for good. */
const folder = `/docs/api/${digestOf(swagger.version + REFERENCE_SCRIPT + REFERENCE_STYLE)}`;

type Content = () => Promise<PreparedAnswer>;

const ofSwagger =
  (name: string, type: string): Content =>
  async () =>
    prepareAnswer(await readFile(join(swagger.folder, name)), type, IMMUTABLE);

/** The files of the page, by address. */
export const REFERENCE_FILES: ReadonlyMap<string, Content> = new Map([
  [`${folder}/swagger-ui.css`, ofSwagger('swagger-ui.css', STYLE)],
  [`${folder}/swagger-ui-bundle.js`, ofSwagger('swagger-ui-bundle.js', SCRIPT)],
  [`${folder}/reference.css`, () => prepareAnswer(REFERENCE_STYLE, STYLE, IMMUTABLE)],
  [`${folder}/reference.js`, () => prepareAnswer(REFERENCE_SCRIPT, SCRIPT, IMMUTABLE)],
]);

/** Where the page and its files were before `/docs` had other pages. */
export function movedTo(path: string): string | undefined {
  if (path === '/docs/index.html') return '/docs';
  const [, name] = /^\/docs\/(swagger-ui[\w.-]*|favicon-\d\dx\d\d\.png)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const file = `${folder}/${name}`;
  return REFERENCE_FILES.has(file) ? file : '/docs/api';
}

const link = (name: string) => `<link rel="stylesheet" href="${folder}/${name}">`;
const script = (name: string) => `<script defer src="${folder}/${name}"></script>`;

/** What the page has more in its head. */
export const REFERENCE_HEAD = [
  link('swagger-ui.css'),
  link('reference.css'),
  '<link rel="preload" as="fetch" crossorigin href="/openapi.json">',
  script('swagger-ui-bundle.js'),
  script('reference.js'),
].join('\n');

export const REFERENCE_HTML = `<h1>API reference</h1>
<p>Press <b>Authorize</b> and give your key, which this browser then keeps. Open an operation, press
<b>Execute</b>. The first steps come first; the same as a file is <a href="/openapi.json">OpenAPI
3.1</a>.</p>
<noscript><p>The list of operations needs JavaScript. The file has all of them.</p></noscript>
<div id="reference"><p>Loading …</p></div>`;
