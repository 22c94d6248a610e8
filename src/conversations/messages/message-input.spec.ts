import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../platform/errors/index.js';
import { JSON_OBJECT_MAX_BYTES } from '../../platform/input/index.js';
import { MESSAGE_LIMITS } from './message-content.js';
import { parseAppend } from './message-input.js';

function errorsOf(body: unknown): unknown {
  try {
    parseAppend(body);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('request.invalid_body');
    return error.details.errors;
  }
  throw new Error('nothing was refused');
}

const hello = { role: 'user', content: 'Hello' };
const withContent = (content: unknown) => ({ role: 'assistant', content });

describe('an append of one message', () => {
  it('is read as a list of one, with null for missing metadata', () => {
    expect(parseAppend(hello)).toEqual({
      messages: [{ ...hello, metadata: null }],
      place: { expectedSeq: null, expectedHead: null, parentId: undefined, movesHead: true },
      isBatch: false,
    });
  });

  it.each(['user', 'assistant', 'system', 'tool'])('accepts the role %s', (role) => {
    expect(parseAppend({ role, content: '' }).messages[0]?.role).toBe(role);
  });

  it('keeps parts of any type unchanged', () => {
    const content = JSON.parse(
      '[{"type":"text","text":"a"},{"type":"x-future","constructor":{"toString":[1.5,null]}}]',
    ) as unknown;
    expect(parseAppend(withContent(content)).messages[0]?.content).toBe(content);
  });

  it('stores empty metadata as null', () => {
    const metadataOf = (metadata: unknown) =>
      parseAppend({ ...hello, metadata }).messages[0]?.metadata;
    expect([metadataOf(null), metadataOf(undefined), metadataOf({})]).toEqual([null, null, null]);
    expect(metadataOf({ a: 1 })).toEqual({ a: 1 });
  });

  it.each([
    [null, '', 'must be a JSON object'],
    [[hello], '', 'must be a JSON object'],
    ['Hello', '', 'must be a JSON object'],
    [{ ...hello, role: 'critic' }, '/role', 'must be one of user, assistant, system, tool'],
    [{ ...hello, role: ['user'] }, '/role', 'must be one of user, assistant, system, tool'],
    [{ content: 'x' }, '/role', 'is required'],
    [{ role: null, content: 'x' }, '/role', 'must be one of user, assistant, system, tool'],
    [{ role: 'user' }, '/content', 'is required'],
    [{ ...hello, content: 'a\u0000b' }, '/content', 'text contains a NUL character'],
    [{ ...hello, content: '\ud83d' }, '/content', 'text contains a lone surrogate'],
    [{ ...hello, metadata: { a: ['\u0000'] } }, '/metadata/a/0', 'text contains a NUL character'],
    [{ ...hello, metadata: { '\udc00': 1 } }, '/metadata', 'text contains a lone surrogate'],
    [withContent({ type: 'text' }), '/content', 'must be text or a list of at most 1000 parts'],
    [
      withContent(Array(1_001).fill({ type: 'x' })),
      '/content',
      'must be text or a list of at most 1000 parts',
    ],
    [withContent(['Hello']), '/content/0/type', 'is required'],
    [withContent([{ type: 1 }]), '/content/0/type', 'must be text'],
    [withContent([{ type: 'x' }, { type: '' }]), '/content/1/type', 'must not be empty'],
    [withContent([{ type: 'x'.repeat(101) }]), '/content/0/type', 'must be at most 100 characters'],
    [withContent([{ type: 'text' }]), '/content/0/text', 'is required'],
    [withContent([{ type: 'text', text: 1 }]), '/content/0/text', 'must be text'],
    [
      { ...hello, metadata: [] },
      '/metadata',
      `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes`,
    ],
    [
      { ...hello, metadata: { a: 'x'.repeat(JSON_OBJECT_MAX_BYTES) } },
      '/metadata',
      `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes`,
    ],
    [{ ...hello, seq: 4 }, '/seq', 'is not a known field'],
    [{ ...hello, 'a/b~c': 4 }, '/a~1b~0c', 'is not a known field'],
  ])('is refused with a pointer to the wrong field (%#)', (body, pointer, message) => {
    expect(errorsOf(body)).toEqual([{ pointer, message }]);
  });
});

describe('the size limit of message content', () => {
  it('counts a text in bytes of UTF-8', () => {
    const limit = MESSAGE_LIMITS.contentBytes;
    expect(parseAppend(withContent('a'.repeat(limit))).messages).toHaveLength(1);
    expect(parseAppend(withContent('é'.repeat(limit / 2))).messages).toHaveLength(1);
    expect(errorsOf(withContent('a'.repeat(limit + 1)))).toEqual([
      { pointer: '/content', message: `must be at most ${MESSAGE_LIMITS.contentBytes} bytes` },
    ]);
    expect(errorsOf(withContent('😀'.repeat(limit / 4 + 1)))).toEqual([
      { pointer: '/content', message: `must be at most ${MESSAGE_LIMITS.contentBytes} bytes` },
    ]);
  });

  it('counts parts in bytes of their JSON', () => {
    const part = { type: 'text', text: 'a'.repeat(MESSAGE_LIMITS.contentBytes - 27) };
    expect(parseAppend(withContent([part])).messages).toHaveLength(1);
    expect(errorsOf(withContent([{ ...part, text: `${part.text}a` }]))).toEqual([
      {
        pointer: '/content',
        message: `must be at most ${MESSAGE_LIMITS.contentBytes} bytes as JSON`,
      },
    ]);
  });
});

describe('an append of several messages', () => {
  const batch = (count: number, rest: object = {}) => ({
    messages: Array.from({ length: count }, () => hello),
    ...rest,
  });

  it('has 1 to 1,000 messages', () => {
    const refused = (message: string) => [{ pointer: '/messages', message }];
    expect(parseAppend(batch(1_000)).messages).toHaveLength(1_000);
    expect(errorsOf(batch(1_001))).toEqual(refused('must have at most 1000 items'));
    expect(errorsOf(batch(0))).toEqual(refused('must not be empty'));
    expect(errorsOf({ messages: hello })).toEqual(refused('must be a list'));
  });

  it('accepts expectedSeq', () => {
    expect(parseAppend(batch(1, { expectedSeq: 0 })).place.expectedSeq).toBe(0);
    expect(parseAppend(batch(1, { expectedSeq: 2_147_483_647 })).place.expectedSeq).toBe(
      2_147_483_647,
    );
    expect(parseAppend(batch(1, { expectedSeq: null })).place.expectedSeq).toBeNull();
  });

  it('accepts a place', () => {
    const id = '01900000-0000-7000-8000-000000000000';
    const placed = parseAppend(batch(1, { parentId: id, expectedHead: 3, moveHead: false }));
    expect(placed.place).toEqual({
      expectedSeq: null,
      expectedHead: 3,
      parentId: id,
      movesHead: false,
    });
    expect(parseAppend(batch(1, { parentId: null })).place.parentId).toBeNull();
    expect(parseAppend(batch(1)).place.parentId).toBeUndefined();
    expect(errorsOf(batch(1, { parentId: 'x' }))).toMatchObject([{ pointer: '/parentId' }]);
  });

  it.each([-1, 1.5, '1', 2_147_483_648, {}])('is refused with expectedSeq %j', (expectedSeq) => {
    expect(errorsOf(batch(1, { expectedSeq }))).toEqual([
      {
        pointer: '/expectedSeq',
        message: 'must be an integer of at least 0 and at most 2147483647',
      },
    ]);
  });

  it('points to each wrong message', () => {
    expect(errorsOf({ messages: [hello, null, { ...hello, role: 'x' }], 'no/pe': 1 })).toEqual([
      { pointer: '/messages/1', message: 'must be a JSON object' },
      { pointer: '/messages/2/role', message: 'must be one of user, assistant, system, tool' },
      { pointer: '/no~1pe', message: 'is not a known field' },
    ]);
  });

  it('answers with at most 20 findings', () => {
    expect(errorsOf({ messages: Array(500).fill(null) })).toHaveLength(20);
  });
});
