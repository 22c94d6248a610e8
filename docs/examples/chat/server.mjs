// Serves the page, and passes its requests on to Threadkeep with the key and the user of the session.
// The key stays on the server: a page must not have a service key.
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { build } from 'esbuild';

const {
  THREADKEEP_URL = 'http://127.0.0.1:3000',
  THREADKEEP_API_KEY = '',
  CHAT_MODEL = 'openai/gpt-5-mini',
  CHAT_USER = 'ada',
  PORT = '8080',
} = process.env;
const slash = CHAT_MODEL.indexOf('/');
const MODEL = { provider: CHAT_MODEL.slice(0, slash), name: CHAT_MODEL.slice(slash + 1) };
const MAX_BODY_BYTES = 1_000_000;

/** All that the page may ask for. */
const PASSED_ON = [
  ['GET', /^\/v1\/conversations\/key%3A[\w-]{1,64}\/messages\?/],
  ['POST', /^\/v1\/conversations\/key%3A[\w-]{1,64}\/turns\?/],
  ['GET', /^\/v1\/conversations\/key%3A[\w-]{1,64}\/turns\/running\/events\?/],
  ['POST', /^\/v1\/conversations\/key%3A[\w-]{1,64}\/turns\/[\w-]{1,64}\/cancel$/],
];

/** An application asks its session here. */
const userOf = (_request) => CHAT_USER;

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const bundle = await build({
  entryPoints: [here('chat.jsx')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  define: { 'process.env.NODE_ENV': '"production"' },
});
const [{ contents: script }] = bundle.outputFiles;

const FILES = {
  '/': ['text/html; charset=utf-8', () => createReadStream(here('index.html'))],
  '/chat.css': ['text/css; charset=utf-8', () => createReadStream(here('chat.css'))],
  '/chat.js': ['text/javascript; charset=utf-8', () => Readable.from([script])],
};

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (!response.headersSent) response.writeHead(502).end(String(error.message));
    else response.destroy();
  });
});

async function answer(request, response) {
  const { method, url } = request;
  const file = FILES[url.split('?', 1)[0]];
  if (file && method === 'GET') {
    const [type, open] = file;
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
    return pipeline(open(), response);
  }
  if (PASSED_ON.some(([verb, path]) => verb === method && path.test(url)))
    return passOn(request, response);
  response.writeHead(404).end();
}

async function passOn(request, response) {
  const isTurn = request.method === 'POST' && !request.url.endsWith('/cancel');
  const body = request.method === 'POST' ? await bodyOf(request) : undefined;
  // Which model answers is not for the page to choose.
  const sent = isTurn ? JSON.stringify({ ...JSON.parse(body), model: MODEL }) : body;
  const gone = new AbortController();
  // Threadkeep goes on with the turn when its viewer has left.
  response.on('close', () => gone.abort());
  const answered = await fetch(new URL(request.url, THREADKEEP_URL), {
    method: request.method,
    headers: {
      authorization: `Bearer ${THREADKEEP_API_KEY}`,
      'threadkeep-user': userOf(request),
      ...(sent ? { 'content-type': 'application/json' } : {}),
    },
    ...(sent ? { body: sent } : {}),
    signal: gone.signal,
  });
  const headers = ['content-type', 'cache-control', 'x-vercel-ai-ui-message-stream'].flatMap(
    (name) => (answered.headers.has(name) ? [[name, answered.headers.get(name)]] : []),
  );
  response.writeHead(answered.status, Object.fromEntries(headers));
  if (answered.body === null) return void response.end();
  await pipeline(Readable.fromWeb(answered.body), response).catch(() => response.destroy());
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
