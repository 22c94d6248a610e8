import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { aiSdkReader } from './reader.js';

describe('messages of the AI SDK', () => {
  it('reads a UIMessage, and gives it back', () => {
    const message = {
      id: 'm1',
      role: 'assistant',
      metadata: { model: 'x' },
      parts: [{ type: 'step-start' }, { type: 'text', text: 'a', state: 'done' }],
    };
    const stored = aiSdkReader.readMessage(message)!;
    expect(stored).toEqual({
      role: 'assistant',
      content: message.parts,
      metadata: { model: 'x', id: 'm1' },
    });
    expect(aiSdkReader.restoreMessage(stored)).toEqual(message);
  });

  it('keeps fields that an application adds to UIMessages', () => {
    const parts = [{ type: 'text', text: 'a' }];
    expect(aiSdkReader.readMessage({ id: 'm1', role: 'user', parts, chatId: 'c' })).toEqual({
      role: 'user',
      content: parts,
      metadata: { id: 'm1', chatId: 'c' },
    });
  });

  const invocation = (toolCallId: string, state: string) => ({
    ...{ state, toolCallId, toolName: 'w', args: {} },
    ...(state === 'result' ? { result: 'cold' } : {}),
  });
  const part = (toolCallId: string, state: string) => ({
    type: 'tool-invocation',
    toolInvocation: invocation(toolCallId, state),
  });
  const text = { type: 'text', text: 'a' };
  const attached = { name: 'b.png', contentType: 'image/png', url: 'https://a.example/b.png' };
  const file = {
    type: 'file',
    mediaType: 'image/png',
    filename: 'b.png',
    url: 'https://a.example/b.png',
  };
  it.each<[string, RawObject, RawObject[]]>([
    ['its parts', { content: 'a', parts: [text] }, [text]],
    ['a text beside no parts', { content: 'a', parts: [] }, [text]],
    [
      'attachments beside parts',
      { content: 'a', parts: [text], experimental_attachments: [attached] },
      [text, file],
    ],
    [
      'attachments beside a text',
      { content: 'a', experimental_attachments: [attached] },
      [text, file],
    ],
    [
      'calls once',
      {
        content: '',
        parts: [part('c1', 'result')],
        toolInvocations: [invocation('c1', 'result')],
      },
      [part('c1', 'result')],
    ],
    [
      'answered calls before the text',
      { content: 'a', toolInvocations: [invocation('c1', 'result')] },
      [part('c1', 'result'), text],
    ],
    [
      'open calls behind the text',
      { content: 'a', toolInvocations: [invocation('c1', 'call')] },
      [text, part('c1', 'call')],
    ],
    [
      'reasoning before calls',
      { content: '', reasoning: 'hm', toolInvocations: [invocation('c1', 'call')] },
      [{ type: 'reasoning', text: 'hm' }, part('c1', 'call')],
    ],
  ])('reads of version 4 %s', (_, fields, content) => {
    expect(
      aiSdkReader.readMessage({ id: 'm1', role: 'assistant', createdAt: '2025', ...fields }),
    ).toEqual({ role: 'assistant', content, metadata: { id: 'm1', createdAt: '2025' } });
  });

  it('keeps the options of a ModelMessage', () => {
    const message = { role: 'system', content: 'a', providerOptions: { anthropic: {} } };
    expect(aiSdkReader.readMessage(message)).toEqual({
      role: 'system',
      content: 'a',
      metadata: { providerOptions: { anthropic: {} } },
    });
  });

  it.each<[string, RawObject]>([
    ['a content of Gemini', { role: 'user', parts: [{ text: 'a' }] }],
    ['another role', { id: 'm1', role: 'model', parts: [] }],
    ['a message with neither parts nor options', { role: 'user', content: 'a' }],
    ['parts that are no list', { id: 'm1', role: 'user', parts: 'a' }],
    ['content that is none', { role: 'user', content: 7, providerOptions: {} }],
  ])('leaves to others: %s', (_, raw) => {
    expect(aiSdkReader.readMessage(raw)).toBeNull();
  });

  it.each<[string, RawObject[]]>([
    ['version 4', [part('c1', 'result')]],
    ['a ModelMessage', [{ type: 'tool-call', toolCallId: 'c1', toolName: 'w', input: {} }]],
  ])('gives parts of %s back by the writer', (_, content) => {
    expect(
      aiSdkReader.restoreMessage({ role: 'assistant', content, metadata: { id: 'm1' } }),
    ).toBeNull();
  });
});
