// The handlers of Claude's memory tool, on a service that runs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { labelOf } from '../../../clients/typescript/src/claude-memory-paths.js';
import { ThreadkeepMemory } from '../../../clients/typescript/src/claude-memory.js';
import { Threadkeep, ThreadkeepError, type User } from '../../../clients/typescript/src/index.js';
import { BLOCK_LIMITS } from '../../../src/memory/dto/block.dto.js';
import { createTestApp, type TestApp } from '../../support/app.js';

let api: TestApp;
let baseUrl: string;
beforeAll(async () => {
  api = await createTestApp();
  baseUrl = await api.listen();
});
afterAll(() => api.close());

const userOf = (name: string, options: { fetch?: typeof fetch } = {}): User =>
  new Threadkeep({ baseUrl, apiKey: api.serviceKey, ...options }).user(name);
const memoryOf = (name: string) => new ThreadkeepMemory(userOf(name));
const textOf = async (memory: ThreadkeepMemory, path: string) =>
  (await memory.view({ path }))
    .split('\n')
    .slice(1)
    .map((line) => line.slice(7))
    .join('\n');

const HEADER = (path: string) =>
  `Here're the files and directories up to 2 levels deep in ${path}, excluding hidden items and node_modules:`;

describe('the memory tool of Claude', () => {
  it('keeps files, and shows them and their directories', async () => {
    const memory = memoryOf('ada');
    expect(await memory.view({ path: '/memories' })).toBe(`${HEADER('/memories')}\n0B\t/memories`);
    const files = {
      '/memories/z.md': 'last',
      '/memories/a.md': 'x'.repeat(1536),
      '/memories/a/b/c/deep.md': 'hidden by its depth',
      '/memories/a/two.md': '',
      '/memories/.secret/one.md': 'hidden',
      '/memories/node_modules/one.js': 'hidden',
      '/memories/a-b.md': 'é',
    };
    for (const [path, file_text] of Object.entries(files))
      expect(await memory.create({ path, file_text })).toBe(
        `File created successfully at: ${path}`,
      );
    expect(await memory.view({ path: '/memories/' })).toBe(
      [
        HEADER('/memories'),
        '1.5K\t/memories',
        '19B\t/memories/a/',
        '19B\t/memories/a/b/',
        '0B\t/memories/a/two.md',
        '2B\t/memories/a-b.md',
        '1.5K\t/memories/a.md',
        '4B\t/memories/z.md',
      ].join('\n'),
    );
    expect(await memory.view({ path: '/memories/a/b' })).toBe(
      [
        HEADER('/memories/a/b'),
        ...['19B\t/memories/a/b', '19B\t/memories/a/b/c/', '19B\t/memories/a/b/c/deep.md'],
      ].join('\n'),
    );
    expect(await textOf(memory, '/memories/.secret/one.md')).toBe('hidden');
    expect(await textOf(memory, '/memories/a/two.md')).toBe('');
    await memory.create({ path: '/memories/lines.txt', file_text: 'one\ntwo\nthree\n' });
    expect(await memory.view({ path: '/memories/lines.txt', view_range: [2, 3] })).toBe(
      "Here's the content of /memories/lines.txt with line numbers:\n     2\ttwo\n     3\tthree",
    );
    expect(await memory.view({ path: '/memories/lines.txt', view_range: [4, -1] })).toMatch(
      /:\n {5}4\t$/,
    );
    await expect(
      memory.view({ path: '/memories/lines.txt', view_range: [0.5, 2] }),
    ).rejects.toThrow('Invalid `view_range`');
    const path = '/memories/lines.txt';
    expect(await memory.view({ path, view_range: [0, 99] })).toMatch(/^.*\n {5}1\tone\n/);
    for (const [view_range, fault] of [
      [[5, 9], 'first element `5` should be within the range of lines of the file: [1, 4]'],
      [[1, -2], 'second element `-2` should be larger or equal than its first `1`'],
      [[3, 2], 'second element `2` should be larger or equal than its first `3`'],
      [[0, 0], 'second element `0` should be larger or equal than its first `0`'],
    ] as const)
      await expect(memory.view({ path, view_range: [...view_range] })).rejects.toThrow(
        `Invalid \`view_range\` parameter: [${view_range.join(', ')}]. Its ${fault}`,
      );
  });

  it('keeps texts of all kinds as they are', async () => {
    const memory = memoryOf('bob');
    const texts = [
      '',
      ' ',
      '\n',
      '\n\n\t\n',
      'a\r\nb',
      '漢字 🎉\u200b',
      '$& $1 \\0',
      '/memories/x',
    ];
    for (const [i, file_text] of texts.entries()) {
      await memory.create({ path: `/memories/${i}`, file_text });
      expect(await textOf(memory, `/memories/${i}`)).toBe(file_text);
    }
  });

  it('replaces a text that occurs once, and shows the place', async () => {
    const memory = memoryOf('cleo');
    const path = '/memories/notes.txt';
    await memory.create({ path, file_text: 'one\ntwo\nthree two\nfour\naa aa\naaa\n$&' });
    const replace = (old_str: string, new_str: string) =>
      memory.str_replace({ path, old_str, new_str });
    expect(await replace('one\ntwo', '1\n$&')).toBe(
      'The memory file has been edited. Here is the snippet showing the change (with line numbers):\n     1\t1\n     2\t$&\n     3\tthree two\n     4\tfour',
    );
    for (const [old_str, lines] of [
      ['$&', '2, 7'],
      ['aa aa\na', null],
      ['aa', '5, 6'],
      ['t', '3'],
    ] as const) {
      const done = replace(old_str, '!');
      if (lines === null) await done;
      else
        await expect(done).rejects.toThrow(
          `No replacement was performed. Multiple occurrences of old_str \`${old_str}\` in lines: ${lines}. Please ensure it is unique`,
        );
      if (lines === null) await replace('!aa', 'aa aa\naaa');
    }
    await expect(replace('five', '5')).rejects.toThrow(
      `No replacement was performed, old_str \`five\` did not appear verbatim in ${path}.`,
    );
    await expect(replace('', '5')).rejects.toThrow('No replacement was performed.');
    await replace('four\n', '');
    expect(await textOf(memory, path)).toBe('1\n$&\nthree two\naa aa\naaa\n$&');
  });

  it('refuses what is missing, there already, no file or no directory', async () => {
    const memory = memoryOf('dora');
    await memory.create({ path: '/memories/a/one.md', file_text: '1' });
    await memory.create({ path: '/memories/two.md', file_text: '2' });
    const edit = { old_str: 'x', new_str: 'y' };
    const refused: [() => Promise<string>, string][] = [
      [
        () => memory.view({ path: '/memories/b' }),
        'The path /memories/b does not exist. Please provide a valid path.',
      ],
      [
        () => memory.create({ path: '/memories/two.md', file_text: '' }),
        'File /memories/two.md already exists',
      ],
      [
        () => memory.create({ path: '/memories/a', file_text: '' }),
        'File /memories/a already exists',
      ],
      [() => memory.create({ path: '/memories', file_text: '' }), 'File /memories already exists'],
      [
        () => memory.create({ path: '/memories/two.md/b', file_text: '' }),
        'The path /memories/two.md is not a directory.',
      ],
      [
        () => memory.str_replace({ path: '/memories/b', ...edit }),
        'The path /memories/b does not exist. Please provide a valid path.',
      ],
      [
        () => memory.str_replace({ path: '/memories/a', ...edit }),
        'The path /memories/a is not a file.',
      ],
      [
        () => memory.insert({ path: '/memories', insert_line: 0, insert_text: '' }),
        'The path /memories is not a file.',
      ],
      [
        () => memory.insert({ path: '/memories/two.md', insert_line: 2, insert_text: '' }),
        'Invalid `insert_line` parameter: 2. It should be within the range of lines of the file: [0, 1]',
      ],
      [() => memory.delete({ path: '/memories/b' }), 'The path /memories/b does not exist'],
      [() => memory.delete({ path: '/memories' }), 'Cannot delete the /memories directory itself'],
      [
        () => memory.rename({ old_path: '/memories', new_path: '/memories/b' }),
        'Cannot rename the /memories directory itself',
      ],
      [
        () => memory.rename({ old_path: '/memories/b', new_path: '/memories/c' }),
        'The path /memories/b does not exist',
      ],
      [
        () => memory.rename({ old_path: '/memories/a', new_path: '/memories/two.md' }),
        'The destination /memories/two.md already exists',
      ],
      [
        () => memory.rename({ old_path: '/memories/two.md', new_path: '/memories/a' }),
        'The destination /memories/a already exists',
      ],
      [
        () => memory.rename({ old_path: '/memories/a', new_path: '/memories/a/b' }),
        'Cannot move /memories/a into itself',
      ],
      [
        () => memory.rename({ old_path: '/memories/a', new_path: '/memories/two.md/b' }),
        'The path /memories/two.md is not a directory.',
      ],
    ];
    for (const [done, message] of refused) await expect(done()).rejects.toEqual(new Error(message));
    expect(await memory.view({ path: '/memories' })).toMatch(/one\.md\n1B\t\/memories\/two\.md$/);
  });

  it('renames and removes files and directories', async () => {
    const memory = memoryOf('eve');
    for (const name of ['a/1', 'a/b/2', 'ab/3', 'c'])
      await memory.create({ path: `/memories/${name}`, file_text: name });
    expect(await memory.rename({ old_path: '/memories/a', new_path: '/memories/x/y' })).toBe(
      'Successfully renamed /memories/a to /memories/x/y',
    );
    expect(await textOf(memory, '/memories/x/y/b/2')).toBe('a/b/2');
    await memory.rename({ old_path: '/memories/c', new_path: '/memories/a' });
    expect(await memory.delete({ path: '/memories/x' })).toBe('Successfully deleted /memories/x');
    expect(await memory.view({ path: '/memories' })).toBe(
      [
        HEADER('/memories'),
        ...['5B\t/memories', '1B\t/memories/a', '4B\t/memories/ab/', '4B\t/memories/ab/3'],
      ].join('\n'),
    );
  });
});

describe('renaming a directory', () => {
  it('moves nothing when one of its files would have too long a path', async () => {
    const memory = memoryOf('rita');
    const names = ['a', 'z'.repeat(300)].map((name) => `/memories/dir/${name}`);
    for (const path of names) await memory.create({ path, file_text: path });
    const before = await userOf('rita').blocks.list();
    await expect(
      memory.rename({ old_path: '/memories/dir', new_path: `/memories/${'n'.repeat(250)}` }),
    ).rejects.toThrow('`new_path` is too long');
    expect(await userOf('rita').blocks.list()).toEqual(before);
  });
});

describe('paths of the memory tool', () => {
  it.each([
    ['/etc/passwd', 'Path must start with /memories, got: /etc/passwd'],
    ['memories/a', 'Path must start with /memories, got: memories/a'],
    ['/memoriesx/a', 'Path must start with /memories, got: /memoriesx/a'],
    ...[
      ...['/memories/../etc', '/memories/a/..', '/memories/..', '/memories/a/../../b'],
      ...['/memories/..\\etc', '/memories/b\\a', '/memories/%2e%2e/etc', '/memories/..%2Fetc'],
      ...['/memories/%252e%252e/a', '/memories/a%5cb', '/memories/a\0b', '/memories/a%00'],
      ...['/memories/a\nb', '/memories/\ud800'],
    ].map((path) => [path, `Path ${path} would escape /memories directory`]),
    [`/memories/${'a'.repeat(500)}`, '`path` is too long: it may have 500 characters'],
    [undefined, 'Missing `path`: it must be a path'],
  ])('%j is refused by every command', async (path, message) => {
    const memory = memoryOf('frank');
    const at = { path: path as string };
    const good = '/memories/good';
    const commands = await Promise.allSettled([
      memory.view(at),
      memory.create({ ...at, file_text: 'x' }),
      memory.str_replace({ ...at, old_str: 'x', new_str: 'y' }),
      memory.insert({ ...at, insert_line: 0, insert_text: 'x' }),
      memory.delete(at),
    ]);
    const reason = new Error(message);
    expect(commands).toEqual(Array(5).fill({ status: 'rejected', reason }));
    for (const names of [
      { old_path: at.path, new_path: good },
      { old_path: good, new_path: at.path },
    ])
      await expect(memory.rename(names)).rejects.toThrow(Error);
    expect(await userOf('frank').blocks.list()).toEqual([]);
  });

  it('are kept by one block each, however they are written', async () => {
    const memory = memoryOf('grace');
    const long = `/memories/${'n'.repeat(120)}`;
    const paths = [
      ...['/memories/a_b', '/memories/a/b', '/memories/a__b', '/memories/a_-b', '/memories/A_b'],
      ...[
        '/memories/%',
        '/memories/100% sure.md',
        '/memories/_25',
        '/memories/a b',
        '/memories/...',
      ],
      ...['/memories/é', '/memories/e\u0301', '/memories/プロジェクト/株式会社の要件と決定事項.md'],
      ...[long, `${long}n`, `/memories/${'n'.repeat(30)}_h`],
    ];
    // A path that reads as the label of another one, and one whose label was cut in an escape.
    const deep = `/memories/${'a'.repeat(29)}/${'b'.repeat(120)}`;
    const digest = (await labelOf(deep)).slice(-64);
    const start = '/memories/' + 'a'.repeat(29);
    paths.push(deep, `${start}_h${digest}`, `${start}/h${digest}`, `/memories/_h${digest}`);
    expect(new Set(await Promise.all(paths.map(labelOf))).size).toBe(paths.length);
    for (const path of paths) await memory.create({ path, file_text: path });
    for (const path of paths) expect(await textOf(memory, path)).toBe(path);
    expect(await textOf(memory, '/memories//a/./b')).toBe('/memories/a/b');
  });
});

describe('the size of what the memory tool keeps', () => {
  it('is bounded by the file, and by the number of files', async () => {
    const memory = memoryOf('hal');
    const path = `/memories/${'p'.repeat(490)}`;
    const file_text = 'x'.repeat(19_000);
    expect(path.length + 1 + file_text.length).toBeLessThanOrEqual(BLOCK_LIMITS.contentLength);
    await memory.create({ path, file_text });
    const tooLong = `File ${path} would have 19002 characters. Maximum is 19000: use several files`;
    await expect(memory.insert({ path, insert_line: 0, insert_text: 'y' })).rejects.toThrow(
      tooLong,
    );
    await expect(
      memory.create({ path: '/memories/b', file_text: `${file_text}y` }),
    ).rejects.toThrow('Maximum is 19000');
    for (let i = 1; i < BLOCK_LIMITS.maxBlocks; i++)
      await memory.create({ path: `/memories/${i}`, file_text: '' });
    await expect(memory.create({ path: '/memories/more', file_text: '' })).rejects.toThrow(
      'This user already has the maximum number of memory blocks (100)',
    );
    const before = await userOf('hal').blocks.list();
    await expect(
      memory.rename({ old_path: '/memories/1', new_path: '/memories/more' }),
    ).rejects.toThrow('maximum number of memory blocks');
    expect(await userOf('hal').blocks.list()).toEqual(before);
  });

  it('is refused, and not kept in part, where it is no text', async () => {
    const memory = memoryOf('ivy');
    const wrong = (command: object) => command as never;
    await expect(memory.create(wrong({ path: '/memories/a' }))).rejects.toThrow('`file_text`');
    await memory.create({ path: '/memories/a', file_text: 'a' });
    const at = { path: '/memories/a' };
    await expect(memory.insert(wrong({ ...at, insert_line: 0 }))).rejects.toThrow('`insert_text`');
    await expect(
      memory.insert(wrong({ ...at, insert_line: '0', insert_text: 'b' })),
    ).rejects.toThrow('Invalid `insert_line`');
    await expect(memory.str_replace(wrong({ ...at, new_str: 'b' }))).rejects.toThrow('`old_str`');
    for (const new_str of [null, 5])
      await expect(memory.str_replace(wrong({ ...at, old_str: 'a', new_str }))).rejects.toThrow(
        'No replacement was performed. `new_str` must be a text',
      );
    await expect(
      memory.create({
        path: '/memories/key',
        file_text: 'sk-ant-api03-' + 'Ab1-'.repeat(23) + 'AA',
      }),
    ).rejects.toMatchObject({ code: 'memory.refused' });
    expect(await textOf(memory, '/memories/a')).toBe('a');
  });
});

describe('writers of the same memory', () => {
  it('lose nothing when they edit a file at the same time', async () => {
    const path = '/memories/log.md';
    await memoryOf('jack').create({ path, file_text: 'log' });
    const lines = Array.from({ length: 6 }, (_, i) => `line ${i}`);
    await Promise.all(
      lines.map((insert_text) => memoryOf('jack').insert({ path, insert_line: 1, insert_text })),
    );
    const text = await textOf(memoryOf('jack'), path);
    expect(text.split('\n').toSorted()).toEqual(['line 0', ...lines.slice(1), 'log']);
  });

  it('make one file of the same name', async () => {
    const path = '/memories/one.md';
    const done = await Promise.allSettled(
      ['1', '2', '3', '4'].map((file_text) => memoryOf('kim').create({ path, file_text })),
    );
    const made = done.flatMap(({ status }, i) => (status === 'fulfilled' ? [String(i + 1)] : []));
    expect(made).toHaveLength(1);
    expect(await textOf(memoryOf('kim'), path)).toBe(made[0]);
    expect(done.filter(({ status }) => status === 'rejected')).toEqual(
      Array(3).fill({ status: 'rejected', reason: new Error(`File ${path} already exists`) }),
    );
  });

  it('move with a file what somebody wrote while it was renamed', async () => {
    const other = memoryOf('lea');
    const [from, to] = ['/memories/draft.md', '/memories/final.md'];
    await other.create({ path: from, file_text: 'a' });
    let edits = 2;
    const fetching: typeof fetch = async (input, init) => {
      // Before the old file is removed, it is edited.
      if (init?.method === 'DELETE' && edits-- > 0)
        await other.insert({ path: from, insert_line: 1, insert_text: `edit ${edits}` });
      return fetch(input, init);
    };
    const memory = new ThreadkeepMemory(userOf('lea', { fetch: fetching }));
    await memory.rename({ old_path: from, new_path: to });
    expect(await textOf(other, to)).toBe('a\nedit 0\nedit 1');
    await expect(other.view({ path: from })).rejects.toThrow('does not exist');
  });

  it('keep both files when old and new are edited while one is renamed to the other', async () => {
    const other = memoryOf('max');
    const [from, to] = ['/memories/draft.md', '/memories/final.md'];
    await other.create({ path: from, file_text: 'a' });
    const fetching: typeof fetch = async (input, init) => {
      if (init?.method === 'DELETE')
        for (const path of [from, to])
          await other.insert({ path, insert_line: 1, insert_text: 'edit' });
      return fetch(input, init);
    };
    const memory = new ThreadkeepMemory(userOf('max', { fetch: fetching }));
    await expect(memory.rename({ old_path: from, new_path: to })).rejects.toThrow('Both are kept');
    for (const path of [from, to]) expect(await textOf(other, path)).toBe('a\nedit');
  });

  it('keep what somebody wrote into a file that was made again while it was renamed', async () => {
    const other = memoryOf('sven');
    const [from, to] = ['/memories/draft.md', '/memories/final.md'];
    await other.create({ path: from, file_text: 'a' });
    let times = 1;
    const fetching: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      // When the new file is there, the old one is made again. It has version 1, as before.
      if (init?.method === 'PUT' && times-- > 0) {
        await other.delete({ path: from });
        await other.create({ path: from, file_text: 'of another' });
      }
      return answer;
    };
    const memory = new ThreadkeepMemory(userOf('sven', { fetch: fetching }));
    await memory.rename({ old_path: from, new_path: to });
    expect(await textOf(other, to)).toBe('of another');
    await expect(other.view({ path: from })).rejects.toThrow('does not exist');
  });

  it('wait as the service asks, and are told why a write was refused', async () => {
    const path = '/memories/a.md';
    await memoryOf('tom').create({ path, file_text: 'a' });
    let refusals = 1;
    let tries = 0;
    const refusing: typeof fetch = async (input, init) => {
      if (init?.method === 'GET') return fetch(input, init);
      tries++;
      if (refusals-- <= 0) return fetch(input, init);
      const problem = { code: 'server.overloaded', title: 'Too busy', status: 503 };
      return Response.json(problem, { status: 503, headers: { 'retry-after': '0' } });
    };
    const memory = new ThreadkeepMemory(userOf('tom', { fetch: refusing }));
    const insert = () => memory.insert({ path, insert_line: 1, insert_text: 'b' });
    await insert();
    expect(await textOf(memoryOf('tom'), path)).toBe('a\nb');
    expect(tries).toBe(2);
    for (const refused of [
      insert,
      () => memory.create({ path: '/memories/b.md', file_text: 'b' }),
      () => memory.rename({ old_path: path, new_path: '/memories/b.md' }),
    ]) {
      [tries, refusals] = [0, 4];
      await expect(refused()).rejects.toMatchObject({ code: 'server.overloaded' });
      expect(tries).toBe(4);
    }
    expect(await memoryOf('tom').view({ path: '/memories' })).toMatch(/^3B\t\/memories\/a\.md$/m);
  });

  it('are told the truth when the answer to a write was lost', async () => {
    let lost = 0;
    const losing: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (init?.method === 'GET' || lost++ % 2 > 0) return answer;
      await answer.text();
      throw new TypeError('The connection was cut');
    };
    const memory = new ThreadkeepMemory(userOf('nina', { fetch: losing }));
    const path = '/memories/a.md';
    for (const done of [
      () => memory.create({ path, file_text: 'a' }),
      () => memory.insert({ path, insert_line: 1, insert_text: 'b' }),
      () => memory.str_replace({ path, old_str: 'b', new_str: 'bb' }),
      () => memory.rename({ old_path: path, new_path: '/memories/b.md' }),
    ]) {
      lost = 0;
      await done();
    }
    expect(await textOf(memory, '/memories/b.md')).toBe('a\nbb');
    lost = 0;
    await memory.delete({ path: '/memories/b.md' });
    expect(await userOf('nina').blocks.list()).toEqual([]);
  });

  it('fail with what the service says when it cannot be reached', async () => {
    const away: typeof fetch = async () => Promise.reject(new TypeError('refused'));
    const user = new Threadkeep({ baseUrl, apiKey: 'x', fetch: away, maxAttempts: 1 }).user('o');
    await expect(
      new ThreadkeepMemory(user).create({ path: '/memories/a', file_text: 'a' }),
    ).rejects.toThrow(ThreadkeepError);
  });
});

describe('files of the memory tool', () => {
  it('are of one user and one agent, and in no context', async () => {
    const user = userOf('pat');
    await new ThreadkeepMemory(user).create({ path: '/memories/a', file_text: 'first words' });
    const other = new ThreadkeepMemory(user, { agentId: 'other' });
    await other.create({ path: '/memories/a', file_text: 'second words' });
    await user.blocks.put('persona', { content: '/memories/not a file' });
    expect(await textOf(new ThreadkeepMemory(user), '/memories/a')).toBe('first words');
    expect(await other.view({ path: '/memories' })).toMatch(/12B\t\/memories\/a$/);
    await expect(memoryOf('quinn').view({ path: '/memories/a' })).rejects.toThrow('does not exist');
    const persona = new ThreadkeepMemory(user, { agentId: 'with-blocks' });
    const block = { path: { label: 'b' }, query: { agentId: 'with-blocks' } };
    const body = { content: 'no file' };
    await user.request('PUT /v1/memory-blocks/{label}', { ...block, body });
    const path = '/memories/b';
    await expect(persona.view({ path })).rejects.toThrow('does not exist');
    await expect(persona.create({ path, file_text: 'x' })).rejects.toThrow('changed by others');
    await expect(persona.delete({ path })).rejects.toThrow('does not exist');
    expect(await user.request('GET /v1/memory-blocks/{label}', block)).toMatchObject(body);
    const ghosts = { else: '/memories/ghost\nsecret', line: '/memories/line' };
    for (const [label, content] of Object.entries(ghosts)) {
      const at = { path: { label }, query: { agentId: 'ghosts' } };
      await user.request('PUT /v1/memory-blocks/{label}', { ...at, body: { content } });
    }
    const haunted = new ThreadkeepMemory(user, { agentId: 'ghosts' });
    expect(await haunted.view({ path: '/memories' })).toMatch(/\n0B\t\/memories$/);
    for (const path of ['/memories/ghost', '/memories/line', '/memories/lin'])
      await expect(haunted.delete({ path })).rejects.toThrow('does not exist');
    const chat = user.conversation('key:chat');
    await chat.append({ role: 'user', content: 'Hello' });
    const sent = JSON.stringify(await chat.context());
    expect(sent).toContain('not a file');
    expect(sent).not.toContain('words');
  });
});
