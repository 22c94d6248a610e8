// The Python client against the service: its own tests by each transport, the program of its README, and what is
// generated in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { PROJECT, systemEnvironment } from '../support/npm.js';

const CLIENT = join(PROJECT, 'clients/python');
const DELTAS = ['Try', ' the márket', ' hall', ', no', ' peanuts', ' there', ' 🥜', '.'];
const REPLY = DELTAS.join('');

let standIn: ModelStandIn;
let endless: ModelStandIn;
let refusing: ModelStandIn;
let api: TestApp;
let environment: Record<string, string>;

beforeAll(async () => {
  standIn = await startModelStandIn();
  endless = await startModelStandIn();
  refusing = await startModelStandIn();
  refusing.fallback = { status: 400 };
  standIn.fallback = { text: DELTAS, delayMs: 20 };
  endless.fallback = {
    text: ['On', ' and', ' on'],
    hold: { afterDeltas: 1, until: new Promise(() => undefined) },
  };
  const providers = {
    openai: { api: 'openai-compatible', baseUrl: `${standIn.url}/v1`, apiKey: 'x' },
    endless: { api: 'openai-compatible', baseUrl: `${endless.url}/v1`, apiKey: 'x' },
    refusing: { api: 'openai-compatible', baseUrl: `${refusing.url}/v1`, apiKey: 'x' },
  };
  api = await createTestApp({
    MODEL_PROVIDERS: JSON.stringify(providers),
    TITLE_MODEL: 'off',
    SUMMARY_MODEL: 'off',
  });
  environment = {
    THREADKEEP_URL: await api.listen(),
    THREADKEEP_API_KEY: api.serviceKey,
    THREADKEEP_REPLY: REPLY,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: CLIENT,
  };
});
afterAll(async () => {
  await api?.close();
  await Promise.all([standIn?.close(), endless?.close(), refusing?.close()]);
});

interface Ran {
  code: number | null;
  output: string;
}

/** Runs Python in the folder of the client. @param input what it reads from its standard input */
async function python(
  args: string[],
  { interpreter = 'python3', input = '', more = {} } = {},
): Promise<Ran> {
  const child = spawn(interpreter, args, {
    cwd: CLIENT,
    env: { ...systemEnvironment(), ...environment, ...more },
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.end(input);
  const [code] = await ended;
  return { code, output };
}

/** @throws Error with what Python said, when it failed */
function succeeded({ code, output }: Ran): string {
  if (code !== 0) throw new Error(`Python ended with ${code}:\n${output}`);
  return output;
}

/** The first Python that has httpx: that of the PATH, or that of the system's packages. */
async function pythonWithHttpx(): Promise<string | undefined> {
  for (const interpreter of ['python3', '/usr/bin/python3']) {
    const ran = await python(['-c', 'import httpx'], { interpreter }).catch(() => null);
    if (ran?.code === 0) return interpreter;
  }
  return undefined;
}

async function runTests(module: string, transport: string, interpreter?: string): Promise<void> {
  const ran = await python(['-m', 'unittest', `tests.${module}`], {
    ...(interpreter ? { interpreter } : {}),
    more: { THREADKEEP_TRANSPORT: transport },
  });
  expect(succeeded(ran)).toMatch(/^Ran [1-9]\d* tests/m);
}

const MODULES = readdirSync(join(CLIENT, 'tests'))
  .filter((name) => name.startsWith('test_'))
  .map((name) => name.replace('.py', ''));

describe('the Python client', () => {
  it.each(MODULES)('passes %s by the standard library', (module) => runTests(module, 'stdlib'));

  it.each(MODULES)('passes %s by httpx, where that is installed', async (module) => {
    const interpreter = await pythonWithHttpx();
    if (interpreter) await runTests(module, 'httpx', interpreter);
  });

  it('chats, remembers and resumes by the program of its README', async () => {
    const readme = readFileSync(join(CLIENT, 'README.md'), 'utf8');
    const [program] = /(?<=```python\n)[^`]*/.exec(readme)!;
    expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    const lines = succeeded(await python(['-'], { input: program })).split('\n');
    expect(lines).toEqual([
      'remembered: Is allergic to peanuts',
      'a model would get 2 messages',
      `reply: ${REPLY}`,
      '1 user No peanuts for me.',
      '2 user Where shall we eat?',
      `3 assistant ${REPLY}`,
      '',
    ]);
  });

  it('has the types of the API document', async () => {
    const { text } = await api.anonymous.get('/openapi.json').expect(200);
    succeeded(await python(['scripts/generate_types.py', '--check'], { input: text }));
  });

  it('has a synchronous client that is made from the asynchronous one', async () => {
    succeeded(await python(['scripts/generate_sync.py', '--check']));
  });

  it('has no errors of types, where mypy is installed', async () => {
    const { code } = await python(['-c', 'import mypy']);
    if (code === 0)
      succeeded(await python(['-m', 'mypy', '--strict', '--cache-dir=/dev/null', 'threadkeep']));
  });
});
