import { describe, expect, it } from '@jest/globals';
import { readConversation } from '../../../../test/support/read-source.js';

const messages = [{ role: 'user', content: 'hello' }];
const read = (value: Record<string, unknown>) => readConversation(value, JSON.stringify(value));

describe('the native import format', () => {
  it('is the body of the import endpoint', () => {
    const value = {
      importKey: 'key',
      title: 'Title',
      metadata: { a: 1 },
      tags: ['t'],
      createdAt: '2020-01-01T00:00:00Z',
      messages,
    };
    expect(read(value)).toMatchObject({ name: 'Title', body: value, isStrict: true });
  });

  it('uses id as import key when importKey is missing', () => {
    const of = (importKey: string) => ({ name: importKey, body: { importKey, messages } });
    expect(read({ id: 'c-1', messages })).toMatchObject(of('c-1'));
    expect(read({ id: 42, messages })).toMatchObject(of('42'));
    expect(read({ id: 'c-1', importKey: 'key', messages })).toMatchObject(of('key'));
  });

  it('uses the hash of the text as import key when there is no id', () => {
    const { name, body } = readConversation({ messages: [] }, '{"messages":[]}');
    expect(body.importKey).toBe(
      'sha256:5e4ce7b36ba37b78a5d5f9fd08e6b7b54ba6879d651aa46ec9e1d6fa24ebe30a',
    );
    expect(name).toBe(body.importKey);
    expect(readConversation({ messages: [] }, '{"messages": []}').body.importKey).not.toBe(
      body.importKey,
    );
  });

  it('passes invalid fields on for the server to refuse', () => {
    const wrong = { importKey: 7, messages: 'none', colour: 'red' };
    expect(read(wrong)).toMatchObject({ name: 'untitled', body: wrong });
  });
});
