// Every snippet of the pages in docs/ prints what the page says. Two readers follow them as one does: page after page,
// in the shell and in their own language, always for the same user.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SLUGS } from '../../src/docs/navigation.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { PROJECT, systemEnvironment } from '../support/npm.js';

interface Snippet {
  page: string;
  language: string;
  line: number;
  code: string;
  /** The block of text that follows; `…` stands for anything. */
  prints: string | undefined;
}

/** Beginnings of blocks that start or operate, and the specs that do what they say. */
const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/e2e/start.e2e-spec.ts',
  'export KEY=': 'test/e2e/start.e2e-spec.ts',
  'THREADKEEP_API_KEY=tk_… npx threadkeep import': 'test/e2e/import-command.e2e-spec.ts',
  'systemctl stop threadkeep': 'test/e2e/packed-command.e2e-spec.ts',
  "import { Webhook } from 'standardwebhooks'": 'test/e2e/webhooks.e2e-spec.ts',
  "import { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph-checkpoint'":
    'test/clients/langgraph/langgraph.clients-spec.ts',
};
/** Beginnings of blocks that no spec runs, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'pg_dump --format=custom': 'needs the tools of the server that is dumped',
  'docker run': 'needs Docker; test/release checks what the image is made of',
};
const LEFT_OUT = Object.keys({ ...RUN_ELSEWHERE, ...NOT_RUN });
const RUN = ['sh', 'ts', 'python'];
/** Blocks that are no programs: answers, and settings of other programs. */
const SHOWN = ['text', 'json', 'nginx', 'caddy', 'yaml', 'ini', ''];

const pages = readdirSync(join(PROJECT, 'docs')).filter((name) => name.endsWith('.md'));
const all = pages.flatMap(snippetsOf);
const runs = all.filter(
  ({ language, code }) =>
    RUN.includes(language) && !LEFT_OUT.some((start) => code.startsWith(start)),
);

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(PROJECT, 'docs', page), 'utf8');
  const fences = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    code: match[2]!,
    line: text.slice(0, match.index).split('\n').length,
    end: match.index + match[0].length,
    start: match.index,
  }));
  return fences.map(({ language, code, line, end }, i) => {
    const next = fences[i + 1];
    const follows = next?.language === 'text' && text.slice(end, next.start).trim() === '';
    return { page, language, line, code, prints: follows ? next.code : undefined };
  });
}

/** Matches the text, with anything where it has `…`. */
const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .trim()
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[^]*?')}$`,
  );

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
let directory: string;

beforeAll(async () => {
  standIn = await startModelStandIn();
  standIn.fallback = { text: ['At the ', 'market.'] };
  api = await createTestApp({
    ...standIn.environmentFor('openai'),
    ...{ TITLE_MODEL: 'off', SUMMARY_MODEL: 'off', REGISTRATION: 'open', MAIL: 'console' },
  });
  url = await api.listen();
  directory = await mkdtemp(join(tmpdir(), 'threadkeep-snippets-'));
  await compile();
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await api.close();
  await standIn.close();
});

const tsc = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    join(PROJECT, 'node_modules/typescript/bin/tsc'),
    ...args,
  ]);

/** The languages of the readers. */
const READERS = ['ts', 'python'];
/** The users of the pages, who are others for each reader. */
const withUser = ({ code }: Snippet, reader: string): string =>
  code
    .replace(/(["'])(ada|bea)\1/g, `$1$2-${reader}$1`)
    .replace(/(Threadkeep-User: |users\/key:)(ada|bea)\b/g, `$1$2-${reader}`)
    .replaceAll('bea@example.com', `bea-${reader}@example.com`);
const fileOf = ({ page, line }: Snippet) => `${page.replace('.md', '')}-${line}`;

/** Builds the client, and all programs in TypeScript under strict rules. */
async function compile(): Promise<void> {
  const client = join(directory, 'node_modules/@threadkeep/client');
  await mkdir(client, { recursive: true });
  await cp(join(PROJECT, 'clients/typescript/package.json'), join(client, 'package.json'));
  await symlink(join(PROJECT, 'node_modules/openai'), join(directory, 'node_modules/openai'));
  await tsc('-p', join(PROJECT, 'clients/typescript'), '--outDir', join(client, 'dist'));
  const programs = runs.filter(({ language }) => language === 'ts');
  for (const program of programs)
    await writeFile(join(directory, `${fileOf(program)}.ts`), withUser(program, 'ts'));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', strict: true, noUncheckedIndexedAccess: true },
    ...{ types: ['node'], typeRoots: [join(PROJECT, 'node_modules/@types')] },
  };
  const files = programs.map((program) => `${fileOf(program)}.ts`);
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await tsc('-p', directory).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}

async function run(file: string, args: string[], input: string): Promise<string> {
  const child = spawn(file, args, {
    cwd: directory,
    env: {
      ...systemEnvironment(),
      THREADKEEP_URL: url,
      THREADKEEP_API_KEY: api.serviceKey,
      API: url,
      KEY: api.serviceKey,
      PYTHONPATH: join(PROJECT, 'clients/python'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`It ended with ${code}:\n${output}`);
  return output;
}

const QUESTION = 'Where shall we eat?\n';
const MARK = '--- the next block ---';

/** What each block of the page printed, in one shell. */
async function runShell(blocks: Snippet[], reader: string): Promise<string[]> {
  const script = blocks.map((one) => withUser(one, reader)).join(`\necho '${MARK}'\n`);
  return (await run('bash', ['--norc', '--noprofile', '-c', script], '')).split(`${MARK}\n`);
}

const runProgram = (program: Snippet): Promise<string> =>
  program.language === 'ts'
    ? run(process.execPath, [join(directory, `${fileOf(program)}.js`)], QUESTION)
    : run('python3', ['-c', withUser(program, program.language)], QUESTION);

/** The blocks of a reader in the order of reading. Those of a page for the shell run together, where the first stands. */
function readBy(reader: string): [string, Snippet[]][] {
  const read = runs.filter(({ language }) => ['sh', reader].includes(language));
  return SLUGS.flatMap((slug) => {
    const ofPage = read.filter(({ page }) => page === `${slug}.md`);
    const shell = ofPage.filter(({ language }) => language === 'sh');
    return ofPage
      .filter((one) => one.language !== 'sh' || one === shell[0])
      .map((one): [string, Snippet[]] => [
        `${one.page}:${one.line} (${one.language})`,
        one.language === 'sh' ? shell : [one],
      ]);
  });
}

describe('the snippets of the pages', () => {
  it('are run here or elsewhere, are no programs, or are named with a reason', () => {
    const unknown = all.filter(({ language }) => ![...RUN, ...SHOWN].includes(language));
    expect(unknown.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
    expect(runs.length).toBeGreaterThan(12);
    for (const start of LEFT_OUT)
      expect([start, all.filter(({ code }) => code.startsWith(start)).length]).toEqual([start, 1]);
    for (const spec of Object.values(RUN_ELSEWHERE))
      expect([spec, existsSync(spec)]).toEqual([spec, true]);
  });

  it('say what they print', () => {
    const silent = runs.filter(({ prints }) => prints === undefined);
    expect(silent.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  describe.each(READERS)('read with %s', (reader) => {
    it.each(readBy(reader))('run: %s', async (_, blocks) => {
      const [first] = blocks;
      const outputs =
        first!.language === 'sh' ? await runShell(blocks, reader) : [await runProgram(first!)];
      expect(outputs).toHaveLength(blocks.length);
      for (const [i, { prints }] of blocks.entries())
        expect(outputs[i]!.trim()).toMatch(
          patternOf(prints!.replace(/"(ada|bea)"/g, `"$1-${reader}"`)),
        );
    });
  });
});
