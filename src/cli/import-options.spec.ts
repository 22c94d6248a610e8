import { describe, expect, it } from '@jest/globals';
import { readOptions, UsageError } from './import-options.js';

const key = ['--key', 'tk_key'];

describe('the options of npm run import', () => {
  it('require a file and a key, and default to --on-error stop', () => {
    const options = readOptions(['chats.jsonl', ...key, '--url', 'http://one.test']);
    expect(options).toEqual({
      file: 'chats.jsonl',
      user: 'import',
      skip: false,
      config: { url: 'http://one.test', apiKey: 'tk_key' },
    });
  });

  it('accept --user and --on-error skip', () => {
    expect(readOptions([...key, '--user', 'ada', '--on-error=skip', 'chats.jsonl'])).toMatchObject({
      file: 'chats.jsonl',
      user: 'ada',
      skip: true,
    });
  });

  it('return null for --help without a file or a key', () => {
    expect(readOptions(['--help'])).toBeNull();
    expect(readOptions(['-h'])).toBeNull();
  });

  it.each([
    ['no file', [], 'Name one file'],
    ['two files', ['a.jsonl', 'b.jsonl'], 'Name one file'],
    ['an unknown flag', ['a.jsonl', '--fast'], '--fast'],
    ['a flag without its value', ['a.jsonl', '--user'], '--user'],
    ['another policy', ['a.jsonl', '--on-error', 'ask'], '--on-error must be stop or skip'],
  ])('are refused with %s', (_, args, reason) => {
    expect(() => readOptions([...key, ...args])).toThrow(UsageError);
    expect(() => readOptions([...key, ...args])).toThrow(reason);
  });
});
