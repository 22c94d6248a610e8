import { describe, expect, it } from '@jest/globals';
import { readOptions } from './import-options.js';
import { UsageError } from './terminal.js';

const key = ['--key', 'tk_key'];

describe('the options of npm run import', () => {
  it('require a file and a key, and default to --on-error stop', () => {
    const options = readOptions(['chats.jsonl', ...key, '--url', 'http://one.test']);
    expect(options).toEqual({
      paths: ['chats.jsonl'],
      user: 'import',
      memories: false,
      again: false,
      skip: false,
      config: { url: 'http://one.test', apiKey: 'tk_key' },
    });
  });

  it('accept --user and --on-error skip', () => {
    expect(readOptions([...key, '--user', 'ada', '--on-error=skip', 'chats.jsonl'])).toMatchObject({
      paths: ['chats.jsonl'],
      user: 'ada',
      skip: true,
    });
  });

  it('accept several paths, and --dry-run without a key', () => {
    expect(readOptions(['a.zip', 'folder', '--dry-run', '--memories'])).toMatchObject({
      paths: ['a.zip', 'folder'],
      memories: true,
      config: null,
    });
  });

  it('return null for --help without a file or a key', () => {
    expect(readOptions(['--help'])).toBeNull();
    expect(readOptions(['-h'])).toBeNull();
  });

  it.each([
    ['no path', [], 'Name what to import'],
    ['an unknown flag', ['a.jsonl', '--fast'], '--fast'],
    ['a flag without its value', ['a.jsonl', '--user'], '--user'],
    ['another policy', ['a.jsonl', '--on-error', 'ask'], '--on-error must be stop or skip'],
  ])('are refused with %s', (_, args, reason) => {
    expect(() => readOptions([...key, ...args])).toThrow(UsageError);
    expect(() => readOptions([...key, ...args])).toThrow(reason);
  });
});
