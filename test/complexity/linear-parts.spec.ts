// Every dialect is read, converted, counted and shortened in time that grows with its messages, and no faster.
import { describe, expect, it } from '@jest/globals';
import { buildWindow } from '../../src/context-window/compute/context-work.js';
import { CONTEXT_FORMATS } from '../../src/context-window/formats.js';
import { shortenInput, shortenText } from '../../src/context-window/plan/shorten.js';
import type { LogRow } from '../../src/context-window/plan/window-message.js';
import { toOwnForm } from '../../src/conversations/messages/any-message.js';
import {
  redactedContent,
  redactedCopy,
} from '../../src/conversations/messages/erasure/redacted-content.js';
import { convertMessages } from '../../src/conversations/parts/convert.js';
import { addressOf } from '../../src/conversations/parts/fields.js';
import { imageSize } from '../../src/conversations/parts/image-size.js';
import {
  contentWords,
  DIALECTS,
  messageWords,
  type RawObject,
  TokenEncoding,
} from '../../src/conversations/parts/index.js';
import { documentPages } from '../../src/conversations/parts/media-tokens.js';
import { growthOf, type Work } from '../support/growth.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;
const encoding = await TokenEncoding.load();
const count = (text: string): number => encoding.count(text);
const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));

/** A part of each kind and dialect, of which hostile content has many. */
const PARTS: Record<string, (i: number) => RawObject> = {
  texts: (i) => ({ type: 'text', text: `word ${i}` }),
  'parts of an unknown type': (i) => ({ type: 'x', a: { text: `word ${i}` } }),
  'calls of OpenAI': (i) => ({
    id: `c${i}`,
    type: 'function',
    function: { name: 'f', arguments: '{' },
  }),
  'calls with one id': () => ({ type: 'tool_use', id: 'c', name: 'f', input: {} }),
  'calls without ids': () => ({ functionCall: { name: 'f', args: {} } }),
  'results without ids': () => ({ functionResponse: { name: 'f', response: { a: 1 } } }),
  'results inside results': (i) => ({
    type: 'tool_result',
    tool_use_id: `c${i}`,
    content: [{ type: 'tool_result', tool_use_id: 'd', content: [{ type: 'text', text: 'x' }] }],
  }),
  'images of the AI SDK': () => ({
    type: 'file',
    mediaType: 'image/png',
    url: 'data:image/png;base64,AAAA',
  }),
  'tools of the AI SDK': (i) => ({
    type: 'tool-f',
    toolCallId: `c${i}`,
    state: 'output-available',
    input: {},
    output: [{ a: i }],
  }),
  'searches of Anthropic': (i) => ({
    type: 'web_search_tool_result',
    tool_use_id: `s${i}`,
    content: [{ type: 'web_search_result', url: 'https://example.com', title: 'x' }],
  }),
  'thoughts of Anthropic': () => ({ type: 'thinking', thinking: 'hm', signature: 's' }),
  'reasoning beside the content of OpenAI': () => ({ reasoning_content: 'hm' }),
  'images beside the content of OpenAI': () => ({ images: ['iVBORw0KGgo='] }),
  'tools of the Agents SDK': (i) => ({
    type: 'hosted_tool_call',
    id: `h${i}`,
    name: 'mcp_call',
    output: 'rain',
    providerData: { type: 'mcp_call', name: 'w', arguments: '{}' },
  }),
  'results of the Agents SDK': (i) => ({
    type: 'function_call_result',
    callId: `c${i}`,
    output: { type: 'image', image: { data: 'iVBORw0KGgo=' } },
  }),
  'items of Responses': (i) => ({
    type: 'reasoning',
    id: `r${i}`,
    summary: [],
    encrypted_content: 'e',
  }),
  'blocks of Bedrock': () => ({ toolUse: { toolUseId: 'c', name: 'f', input: {} } }),
  'blocks of LangChain': (i) => ({
    type: 'tool_call',
    id: `c${i}`,
    name: 'é'.repeat(20),
    args: {},
  }),
};

const messageOf = (content: RawObject[]) => ({
  role: 'assistant' as const,
  content,
  metadata: null,
  seq: 1,
});
const rowOf = (seq: number, content: RawObject[]): LogRow => ({
  id: String(seq),
  seq,
  role: seq % 2 ? 'assistant' : 'user',
  content: JSON.stringify(content),
  contentIsJson: true,
  metadata: null,
  tokenCount: content.length,
});
const contextOf = (newest: LogRow[], format: (typeof CONTEXT_FORMATS)[number], budget: number) =>
  buildWindow(
    {
      conversationId: 'c',
      manifestId: 'm',
      path: null,
      lastSeq: newest.length,
      newest,
      kept: [],
      summaries: [],
      contributions: [],
      limits: { budgetTokens: budget, maxMessages: 1e9, parts: new Set() },
      format,
      budgetTokens: budget,
      omittedOverrides: [],
      mayReadMore: false,
      isQuestionRead: true,
      shortenLast: true,
      explain: true,
    },
    { count, counts: new Map<string, readonly number[]>() },
  );

const onText =
  (unit: string, work: (text: string) => unknown): Work =>
  (n) => {
    const text = unit.repeat(n);
    return () => work(text);
  };

const CASES: [string, Work][] = [
  ...Object.entries(PARTS).flatMap(([name, part]): [string, Work][] => [
    [
      `${name}, converted to every dialect`,
      (n) => {
        const message = messageOf(list(n, part));
        return () => DIALECTS.map((dialect) => convertMessages([message], dialect));
      },
    ],
    [
      `${name}, one in each message, converted to every dialect`,
      (n) => {
        const messages = list(n, (i) => ({ ...messageOf([part(i)]), seq: i + 1 }));
        return () => DIALECTS.map((dialect) => convertMessages(messages, dialect));
      },
    ],
    [
      `${name} of one message, in a context of every format`,
      (n) => {
        const row = rowOf(1, list(n, part));
        return () => CONTEXT_FORMATS.map((format) => contextOf([row], format, 1e9));
      },
    ],
    [
      `${name}, one in each message of a context that is full`,
      (n) => {
        const rows = list(n, (i) => rowOf(i + 1, [part(i)]));
        return () => contextOf(rows, 'anthropic', n * 5);
      },
    ],
  ]),
  [
    'parts of every kind, redacted in a message and in a copy of it',
    (n) => {
      const makers = Object.values(PARTS);
      const content = list(n, (i) => makers[i % makers.length]!(i));
      const stored = { content: JSON.stringify(content), contentIsJson: true };
      const copy = { content: JSON.stringify(content.toReversed()), contentIsJson: true };
      const texts = new Map(content.map((_, i) => [i, i % 2 ? 'x' : null]));
      return () => [
        redactedContent(stored, texts),
        redactedCopy({ ...copy, isErased: false }, stored, texts),
      ];
    },
  ],
  [
    'messages of every shape',
    (n) => {
      const messages = list(n, (i) => ({
        role: 'assistant',
        content: null,
        tool_calls: [PARTS['calls of OpenAI']!(i)],
      }));
      return () => toOwnForm(messages, null, '');
    },
  ],
  [
    'messages of no shape',
    (n) => {
      const messages = list(n, (i) => ({ role: 'x', other: i }));
      return () => toOwnForm(messages, null, '');
    },
  ],
  ...['data:', 'data:a', ';', ',', 'A', '%', 'http://'].flatMap((unit): [string, Work][] => [
    [`an address of ${unit}`, onText(unit, addressOf)],
    [`a data URL of ${unit}`, onText(unit, (text) => addressOf(`data:image/png;base64,${text}`))],
    [
      `words of a message with a URL of ${unit}`,
      onText(unit, (url) => messageWords(messageOf([{ type: 'image_url', image_url: { url } }]))),
    ],
  ]),
  ...['A', '/9j/', '////', 'iVBORw0KGgo='].map((unit): [string, Work] => [
    `an image of ${unit}`,
    onText(unit, imageSize),
  ]),
  ...[
    ...['/Type ', '/Type/Page  ', '\0\0\0', '<<<', '>>>', '1 0 obj  ', '111', '/Count 1 '],
    ...['>>stream\n   ', '<</Type/ObjStm>>stream\nendstream ', '<</Type/Page>> ', 'endobj'],
  ].map((unit): [string, Work] => [
    `a document of ${JSON.stringify(unit)}`,
    onText(Buffer.from(unit).toString('base64'), documentPages),
  ]),
  ...['word ', '漢', ' ', '👍', 'a', '\n'].flatMap((unit): [string, Work][] => [
    [
      `a text of ${JSON.stringify(unit)} that is shortened`,
      onText(unit, (text) =>
        shortenText(text, Math.ceil(text.length / 2), Math.ceil(text.length / 8), count),
      ),
    ],
    [
      `arguments of ${JSON.stringify(unit)} that are shortened`,
      onText(unit, (text) =>
        shortenInput({ text, more: [text] }, text.length, Math.ceil(text.length / 8), count),
      ),
    ],
  ]),
  [
    'many images beside the content of OpenAI, converted to every dialect',
    (n) => {
      const message = messageOf([{ images: list(n, () => 'iVBORw0KGgo=') }]);
      return () => DIALECTS.map((dialect) => convertMessages([message], dialect));
    },
  ],
  [
    'calls and results in messages of their own, converted to every dialect',
    (n) => {
      const messages = [
        ...list(n, (i) => ({ ...messageOf([PARTS['calls of OpenAI']!(i)]), seq: i + 1 })),
        ...list(n, (i) => ({
          role: 'tool' as const,
          content: 'x',
          metadata: { tool_call_id: `c${n - i}` },
          seq: n + i + 1,
        })),
      ];
      return () => DIALECTS.map((dialect) => convertMessages(messages, dialect));
    },
  ],
  [
    'words of deep results',
    (n) => {
      const deep = list(50, () => 0).reduce<unknown>(
        (inner) => [{ type: 'tool_result', tool_use_id: 'c', content: inner }],
        list(n, (i) => ({ type: 'text', text: `word ${i}` })),
      );
      return () => contentWords(deep as RawObject[]);
    },
  ],
];

describe('time that grows no faster than the messages', () => {
  it.each(CASES)('is what %s takes', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
