// The memory tool by the SDK of Anthropic as it is published: our handlers answer as its own do.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { runProgram } from '../program.js';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

interface Seen {
  tools: object[];
  text: string;
  results: { content: string; isError: boolean }[];
}

const PATH = '/memories/notes.txt';
const COMMANDS = [
  { command: 'view', path: PATH },
  { command: 'create', path: PATH, file_text: 'one\ntwo\nthree\nfour\nfive\nsix\n' },
  { command: 'create', path: PATH, file_text: 'again' },
  { command: 'view', path: PATH },
  { command: 'view', path: PATH, view_range: [2, 3] },
  { command: 'view', path: PATH, view_range: [5, -1] },
  { command: 'view', path: PATH, view_range: [0, 99] },
  { command: 'view', path: PATH, view_range: [3] },
  { command: 'str_replace', path: PATH, old_str: 'three', new_str: '$& 3' },
  { command: 'str_replace', path: PATH, old_str: 'one', new_str: '1' },
  { command: 'str_replace', path: PATH, old_str: 'six', new_str: '6' },
  { command: 'str_replace', path: PATH, old_str: 'seven', new_str: '7' },
  { command: 'str_replace', path: PATH, old_str: 'o', new_str: '0' },
  { command: 'str_replace', path: '/memories/none', old_str: 'o', new_str: '0' },
  { command: 'insert', path: PATH, insert_line: 0, insert_text: 'zero\n' },
  { command: 'insert', path: PATH, insert_line: 2, insert_text: 'a\nb\n\n' },
  { command: 'insert', path: PATH, insert_line: 11, insert_text: 'end' },
  { command: 'insert', path: PATH, insert_line: 99, insert_text: 'end' },
  { command: 'insert', path: PATH, insert_line: -1, insert_text: 'end' },
  { command: 'insert', path: '/memories/none', insert_line: 0, insert_text: 'end' },
  { command: 'view', path: PATH },
  { command: 'create', path: '/memories/a/b/empty', file_text: '' },
  { command: 'view', path: '/memories/a/b/empty' },
  { command: 'insert', path: '/memories/a/b/empty', insert_line: 0, insert_text: 'first' },
  { command: 'view', path: '/memories/a/b/empty' },
  { command: 'create', path: '/memories/a', file_text: '' },
  { command: 'str_replace', path: '/memories/a', old_str: 'o', new_str: '0' },
  { command: 'insert', path: '/memories/a', insert_line: 0, insert_text: '' },
  { command: 'rename', old_path: '/memories/none', new_path: '/memories/other' },
  { command: 'rename', old_path: PATH, new_path: '/memories/a' },
  { command: 'rename', old_path: '/memories', new_path: '/memories/b' },
  { command: 'rename', old_path: PATH, new_path: '/memories/c/d.txt' },
  { command: 'view', path: PATH },
  { command: 'rename', old_path: '/memories/a', new_path: '/memories/e' },
  { command: 'view', path: '/memories/e/b/empty' },
  { command: 'delete', path: '/memories' },
  { command: 'delete', path: '/memories/none' },
  { command: 'delete', path: '/memories/c' },
  { command: 'create', path: '/memories/gone', file_text: '' },
  { command: 'delete', path: '/memories/gone' },
  { command: 'view', path: '/memories/c/d.txt' },
  { command: 'view', path: '/etc/passwd' },
  { command: 'view', path: '/memories/../etc/passwd' },
  { command: 'create', path: '/memories/../x', file_text: '' },
  { command: 'delete', path: '/memories/..' },
];
/** Sizes of directories differ: those of a file system are no sizes of files. */
const LISTED = [
  { command: 'create', path: '/memories/top.md', file_text: 'x'.repeat(1_700) },
  { command: 'create', path: '/memories/.hidden', file_text: '' },
  { command: 'create', path: '/memories/node_modules/x', file_text: '' },
  { command: 'create', path: '/memories/e-f', file_text: '' },
  { command: 'create', path: '/memories/e/b/c/deep', file_text: '' },
  { command: 'create', path: '/memories/e/b/c/d/deeper', file_text: '' },
  { command: 'view', path: '/memories' },
  { command: 'view', path: '/memories/e' },
  { command: 'view', path: '/memories/e/b/c' },
];

/** Without sizes of directories, and of the one that is shown. */
const withoutDirectorySizes = (listing: string) =>
  listing.replace(/^\S+(?=\t.*\/$)/gm, '').replace(/^\S+(?=\t\/)/m, '');

it('the memory tool answers Claude as the memory of local files in the SDK does', async () => {
  const apiKey = (await api.service.post('/v1/api-keys', { name: 'ada', user: 'ada' }).expect(201))
    .body.key as string;
  const { local, kept } = await runProgram<Record<'local' | 'kept', Seen>>(
    join(import.meta.dirname, 'memory.mjs'),
    { BASE_URL: url, API_KEY: apiKey },
    [...COMMANDS, ...LISTED],
  );
  expect(kept.text).toBe('Done.');
  expect(kept.tools).toEqual([{ type: 'memory_20250818', name: 'memory' }]);
  expect(kept.results).toHaveLength(COMMANDS.length + LISTED.length);
  for (const [i, command] of COMMANDS.entries())
    expect({ command, ...kept.results[i] }).toEqual({ command, ...local.results[i] });
  for (const [i, command] of LISTED.entries()) {
    const [ours, theirs] = [kept, local].map(({ results }) => results[COMMANDS.length + i]!);
    expect({ command, content: withoutDirectorySizes(ours!.content) }).toEqual({
      command,
      content: withoutDirectorySizes(theirs!.content),
    });
  }
});
