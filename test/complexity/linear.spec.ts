// Every scanner, parser, diff, matcher and renderer takes time that grows with its input, and no faster.
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../src/platform/input/canonical-json.js';
import { changesBetween, textDiff } from '../../src/agent-config/content/diff.js';
import { schemaFault } from '../../src/agent-config/content/json-schema.js';
import { redacted } from '../../src/agent-config/mcp-servers/redaction.js';
import { BuildContextDto } from '../../src/context-window/dto/context.dto.js';
import { UpdateMcpServerDto } from '../../src/agent-config/mcp-servers/dto/mcp-server-body.dto.js';
import { readParameters } from '../../src/agent-config/content/parameters.js';
import { LineSplitter, ValueSplitter } from '../../src/cli/splitters.js';
import { buildWindow } from '../../src/context-window/compute/context-work.js';
import type { ContextFormat } from '../../src/context-window/formats.js';
import {
  countEscapeTokens,
  neutraliseJson,
  recalledText,
  neutraliseImitations,
} from '../../src/context-window/plan/recalled.js';
import { readConversation } from '../support/read-source.js';
import { parseImport } from '../../src/conversations/import/import-input.js';
import { parseAppend } from '../../src/conversations/messages/message-input.js';
import { atOnce } from '../../src/platform/fairness/index.js';
import { TokenCounter } from '../../src/conversations/messages/token-counter.js';
import { contentWords } from '../../src/conversations/parts/index.js';
import { computeSimilarity } from '../../src/memory/writes/fingerprint.js';
import { toNearForm, toNearQuestion, toSameForm } from '../../src/platform/text/near-form.js';
import { parseMemories } from '../../src/memory/writes/memory-input.js';
import { closeJson } from '../../src/memory/recall/close-json.js';
import { searchableMessage } from '../../src/memory/recall/indexed-text.js';
import { extractNeedles } from '../../src/memory/recall/needles.js';
import { toQuestionTerms } from '../../src/memory/search/question-terms.js';
import { analyse } from '../../src/memory/search/terms.js';
import { TextIndex } from '../../src/memory/search/text-index.js';
import { Stems, toVectorInSteps } from '../../src/platform/text/index.js';
import { plainUrl } from '../../src/platform/egress/public-url.js';
import { readReference } from '../../src/platform/context/user-reference.js';
import { subjectsIn } from '../../src/platform/idempotency/answer-reference.js';
import { writeJson } from '../../src/platform/input/exact-json.js';
import { JSON_LIMITS, parseJson } from '../../src/platform/input/json-guard.js';
import { parseTime } from '../../src/platform/input/time.js';
import { validateBody } from '../../src/platform/input/index.js';
import { findingsInFields } from '../../src/platform/secrets-guard/findings.js';
import { CreateConversationDto } from '../../src/conversations/dto/conversation.dto.js';
import { growthOf, type Work } from '../support/growth.js';
import { iteratingFunctions } from '../support/iterating-functions.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;
const tokens = new TokenCounter();
await tokens.load();

const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const object = (length: number, make: (i: number) => unknown) =>
  Object.fromEntries(list(length, (i) => [`k${i}`, make(i)]));
const nested = (depth: number, inner: unknown): unknown =>
  list(depth, () => 0).reduce<unknown>((value) => ({ input: value }), inner);
/** A refusal is an answer, too. */
const refusable = (work: () => unknown) => () => {
  try {
    return work();
  } catch {
    return null;
  }
};
const json =
  (make: (n: number) => string): Work =>
  (n) => {
    const body = Buffer.from(make(n));
    return refusable(() => parseJson(body));
  };
/** As `json`, for a body whose parts are kept as they were sent. */
const kept =
  (make: (n: number) => string): Work =>
  (n) => {
    const body = Buffer.from(make(n));
    return refusable(() => writeJson(parseJson(body, JSON_LIMITS, true)));
  };

const rowOf = (
  seq: number,
  role: 'user' | 'assistant',
  content: unknown,
  metadata: Record<string, unknown> | null = null,
) => ({
  id: String(seq),
  seq,
  role,
  content: JSON.stringify(content),
  contentIsJson: true,
  metadata,
  tokenCount: 1,
});
const window = (format: ContextFormat, newest: ReturnType<typeof rowOf>[]) => () =>
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
      format,
      budgetTokens: 1e9,
      omittedOverrides: [],
      mayReadMore: false,
      isQuestionRead: true,
      shortenLast: false,
      explain: true,
      limits: {
        budgetTokens: 1e9,
        maxMessages: 1e9,
        parts: new Set(['system', 'pinned', 'summaries']),
      },
    },
    { count: (text) => tokens.count(text), counts: new Map<string, readonly number[]>() },
  );
const call = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' });
const parsed =
  (of: (n: number) => unknown, parse: (body: unknown) => unknown): Work =>
  (n) => {
    const body = of(n);
    return refusable(() => parse(body));
  };
const onText =
  (unit: string, work: (text: string) => unknown): Work =>
  (n) => {
    const text = unit.repeat(n);
    return refusable(() => work(text));
  };
const index = (n: number, text: (i: number) => string, speaker: (i: number) => string) => {
  const texts = new TextIndex();
  for (let i = 0; i < n; i++)
    texts.put({ ref: `r${i}`, text: text(i), speaker: speaker(i), group: 'g', at: i });
  return texts;
};
const splitter =
  (make: () => LineSplitter | ValueSplitter, unit: string): Work =>
  (n) =>
  () => {
    const one = make();
    for (const chunk of list(Math.ceil(n / 100), () => Buffer.from(unit.repeat(100))))
      one.push(chunk);
  };

/** The letters that the rules of the list begin with, again and again, with what each likes to read on and on. */
const HOSTILE_TO_LISTED_RULES = [
  ...[
    'AKIA',
    'aws_secret_access_key = ',
    "'SECRETACCESSKEY' ",
    'account_id: ',
    'https://a',
    'http://x:x-oauth',
    '_authToken=',
    'npm_',
    'xoxb-',
    'xoxb-a-',
    'xapp-1-a-_',
    'https://hooks.slack.com/services/T1/B1/',
  ],
  ...[
    'sk-proj-a',
    'sk-ant-api03-a',
    'gsk_',
    'hf_',
    'lin_api_',
    'ntn_1',
    '-----BEGIN RSA PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----A',
    'SG.a.',
    'SG.a.a-',
    'shpat_',
    'gho_',
    'glpat-',
    'glc_',
    'glsa_a_',
  ],
  ...[
    'ops_ey',
    'ops_eyfQ',
    'hvs.',
    'hvb.a',
    'vcp_',
    'dapi',
    'dckr_pat_',
    'figd_',
    'secretlint-disable ',
    'T3BlbkFJ',
  ],
].flatMap((start) => [start, `${start}${'aB3'.repeat(50)}`, `${start}${'a_'.repeat(80)}`]);

/** Marks to sort, breaks to join, base64 to decode, and words of passwords. */
const HOSTILE_TO_VIEWS = [
  '\u0301\u0316',
  'a\u0301',
  'ﷺ',
  '\u200b',
  ' \n',
  '\n',
  '"\n',
  'ghp_\n',
  'Z2hw',
  'M.',
  'M',
  '1',
  '123456789:',
  'пароль для ',
  'das Passwort für ',
  'mot de passe : ',
  '密码',
  'sig=',
  'AccountKey=',
  '1Q~',
  'PIN ',
  'dp.pt.',
];

const CASES: [name: string, work: Work][] = [
  ['a JSON number of zeros', json((n) => `1${'0'.repeat(n)}1`)],
  ['a JSON exponent of zeros', json((n) => `1e${'0'.repeat(n)}1`)],
  [
    'long JSON numbers',
    json((n) => `[${list(Math.min(n, 90_000), () => '0.30000000000000004').join()}]`),
  ],
  [
    'JSON numbers that are kept as they were sent',
    kept((n) => `[${list(Math.min(n, 90_000), () => '12345678901234567890').join()}]`),
  ],
  [
    'JSON texts between numbers that are kept as they were sent',
    kept((n) => `[${list(Math.min(n, 90_000), () => '"\\\\\\"",1e400').join()}]`),
  ],
  [
    'JSON names of fields beside a number that is kept as it was sent',
    kept((n) => `[1e400,{"${'a'.repeat(n)}":"${'\\u0000'.repeat(n)}"}]`),
  ],
  [
    'JSON texts with escapes',
    json((n) => `[${list(Math.min(n, 390_000), () => '"\\u00e9\\\\"').join()}]`),
  ],
  ['one JSON text of backslashes', json((n) => `"${'\\\\'.repeat(n)}"`)],
  ['one JSON text that does not end', json((n) => `"${'\\"'.repeat(n)}`)],
  ['backslashes between JSON texts', json((n) => '"a"\\'.repeat(n))],
  [
    'JSON names of the prototype',
    json((n) => `[${list(Math.min(n, 100_000), () => '"__proto__"    ').join()}]`),
  ],
  [
    'JSON objects in objects',
    json(
      (n) => `[${list(Math.min(n, 300), () => `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`).join()}]`,
    ),
  ],
  [
    'two lists of other numbers',
    (n) => () => changesBetween({ x: list(n, () => 1) }, { x: list(n, () => 2) }),
  ],
  [
    'deep objects that differ at the end',
    (n) => {
      const [a, b] = [
        nested(
          60,
          list(n, () => 1),
        ),
        nested(
          60,
          list(n, () => 2),
        ),
      ];
      return () => changesBetween(a, b);
    },
  ],
  [
    'a long name above many differences',
    (n) => () =>
      changesBetween({ ['x'.repeat(n)]: list(n, () => 1) }, { ['x'.repeat(n)]: list(n, () => 2) }),
  ],
  [
    'a content in canonical order',
    (n) => {
      const content = object(n, (i) => ({ i }));
      return () => canonicalJson(content);
    },
  ],
  [
    'a tool of many properties',
    (n) => {
      const schema = { type: 'object', properties: object(n, () => ({ type: 'string' })) };
      return () => schemaFault(schema);
    },
  ],
  [
    'parameters nobody knows',
    (n) => {
      const all = object(n, () => 1);
      return () => readParameters('openai', all);
    },
  ],
  [
    'a body beyond its bounds',
    parsed(
      (n) => ({ env: object(n, () => '') }),
      (body) => validateBody(UpdateMcpServerDto, body),
    ),
  ],
  [
    'an answer that quotes secrets',
    (n) => {
      const answer = { tools: list(n, () => 'a secret-value here') };
      return () => redacted(answer, ['secret-value', 'another-value']);
    },
  ],
  ['lines of a file', splitter(() => new LineSplitter(), '{}\n')],
  ['a long line of a file', splitter(() => new LineSplitter(), '{"a":"\\"[["} ')],
  ['values of a file', splitter(() => new ValueSplitter(0), '{"a":"\\"[["}')],
  [
    'tool calls that share an id',
    (n) =>
      window(
        'anthropic',
        list(n, (i) =>
          rowOf(i + 1, i % 2 ? 'user' : 'assistant', [
            i % 2 ? result('x'.repeat(100)) : call('x'.repeat(100)),
          ]),
        ),
      ),
  ],
  [
    'tool calls whose ids are taken',
    (n) =>
      window(
        'anthropic',
        list(n, (i) =>
          rowOf(i + 1, i % 2 ? 'user' : 'assistant', [
            (i % 2 ? result : call)(i % 4 < 2 ? 'a' : `a_${(i >> 2) + 2}`),
          ]),
        ),
      ),
  ],
  [
    'tool calls that nobody answers',
    (n) =>
      window(
        'openai',
        list(Math.ceil(n / 100), (m) =>
          rowOf(
            m + 1,
            'assistant',
            list(100, (i) => call(`${m} ${i}`)),
          ),
        ),
      ),
  ],
  [
    'tool results in the other order',
    (n) =>
      window('openai', [
        ...list(Math.ceil(n / 100), (m) =>
          rowOf(
            m + 1,
            'assistant',
            list(100, (i) => call(`${m} ${i}`)),
          ),
        ),
        ...list(Math.ceil(n / 100), (m) =>
          rowOf(
            Math.ceil(n / 100) + m + 1,
            'user',
            list(100, (i) => result(`${m} ${99 - i}`)),
          ),
        ),
      ]),
  ],
  [
    'many calls of one message',
    (n) =>
      window('anthropic', [
        rowOf(
          1,
          'assistant',
          list(n, (i) => call(`c${i}`)),
        ),
        rowOf(
          2,
          'user',
          list(n, (i) => result(`c${n - 1 - i}`)),
        ),
      ]),
  ],
  [
    'messages in turns',
    (n) =>
      window(
        'anthropic',
        list(n, (i) => rowOf(i + 1, 'user', [{ type: 'text', text: `${i}` }])),
      ),
  ],
  [
    'a tree of an export',
    (n) => {
      const mapping = object(n, (i) => ({
        parent: i === 0 ? null : `k${i - 1}`,
        message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['a'] } },
      }));
      return () => readConversation({ mapping, current_node: `k${n - 1}` }, '');
    },
  ],
  [
    'turns of LoCoMo',
    (n) => {
      const talk = {
        conversation: 'c',
        speakers: ['a', 'b'],
        turns: list(n, () => ({ speaker: 'a', text: 'x' })),
      };
      return () => readConversation(talk, '');
    },
  ],
  [
    'an import',
    parsed(
      (n) => ({
        importKey: 'k',
        messages: list(Math.min(n, 19_000), () => ({
          role: 'user',
          content: 'x',
          createdAt: '2024-01-01T00:00:00Z',
        })),
      }),
      (body) => parseImport(body, new Date(0)),
    ),
  ],
  [
    'an append of many parts',
    parsed(
      (n) => ({
        messages: list(Math.min(n, 1_000), () => ({
          role: 'user',
          content: list(20, () => ({ type: 'text', text: 'x' })),
        })),
      }),
      parseAppend,
    ),
  ],
  [
    'an append of metadata that cannot be stored',
    parsed(
      (n) => ({
        messages: list(10, () => ({
          role: 'user',
          content: 'x',
          metadata: object(Math.min(n, 3_000), () => '\u0000'),
        })),
      }),
      parseAppend,
    ),
  ],
  [
    'an append of unknown fields',
    parsed((n) => ({ messages: list(10, () => ({ ...object(n, () => 1) })) }), parseAppend),
  ],
  [
    'memories of wrong fields',
    parsed((n) => ({ memories: list(10, () => ({ ...object(n, () => 1) })) }), parseMemories),
  ],
  [
    'a memory of many tags',
    parsed((n) => ({ content: 'x', tags: list(n, () => 1) }), parseMemories),
  ],
  [
    'a DTO of many fields',
    parsed(
      (n) => object(n, () => 1),
      (body) => validateBody(CreateConversationDto, body),
    ),
  ],
  [
    'a DTO of many tags',
    parsed(
      (n) => ({ tags: list(n, () => 1) }),
      (body) => validateBody(CreateConversationDto, body),
    ),
  ],
  [
    'a context of many parts',
    parsed(
      (n) => ({ include: list(n, (i) => `${i}`) }),
      (body) => validateBody(BuildContextDto, body),
    ),
  ],
  [
    'words of nested inputs',
    (n) => {
      const parts = list(Math.ceil(n / 60), () => ({
        type: 'tool_use',
        input: nested(55, ['a', 'b']),
      })) as never;
      return () => contentWords(parts);
    },
  ],
  ...['漢', 'a', ' ', '1', 'é́', '😀', '\n', "'s", 'ab '].map((unit): [string, Work] => [
    `tokens of ${JSON.stringify(unit)}`,
    onText(unit, (text) => tokens.count(text)),
  ]),
  ...['a', "it's ", '1-', '1.', "n't", '+', 'can', "a'", '. '].map((unit): [string, Work] => [
    `the normal form of ${JSON.stringify(unit)}`,
    onText(unit, (text) => [
      computeSimilarity(toSameForm(text), toNearForm(text)),
      toNearQuestion(text),
    ]),
  ]),
  ...[
    'password',
    'password: ',
    'password is for ',
    'secret=',
    'sk-',
    'eyJaaaaaaaaaaa.',
    'bearer ',
    '://a:',
    '4111 ',
    'DE00 ',
    'ssn ',
    '-----BEGIN ',
    'a',
    '1',
    'api_key"  ',
    'github_pat_',
    ...HOSTILE_TO_VIEWS,
  ].map((unit): [string, Work] => [
    `the guard over ${JSON.stringify(unit)}`,
    onText(unit, (text) =>
      findingsInFields(
        { content: text.slice(0, 200_000), metadata: { text: text.slice(0, 60_000) } },
        new Set(['secrets', 'pii']),
      ),
    ),
  ]),
  ...HOSTILE_TO_LISTED_RULES.map((unit): [string, Work] => [
    `the listed rules over ${JSON.stringify(unit.slice(0, 60))}`,
    onText(unit, (content) => findingsInFields({ content }, new Set(['secrets']))),
  ]),
  // One start, and all that it reads on.
  ...[
    'SECRET_ACCESS_KEY',
    'account_id',
    'https://',
    '_authToken=',
    'xoxb-',
    '-----BEGIN RSA PRIVATE KEY-----',
    'SG.a.',
    'ops_ey',
    'glc_',
  ].flatMap((start) =>
    [' ', 'a', 'a-', 'A='].map((unit): [string, Work] => [
      `the listed rules over ${start} and many ${JSON.stringify(unit)}`,
      (n) => {
        const content = start + unit.repeat(n);
        return () => findingsInFields({ content }, new Set(['secrets']));
      },
    ]),
  ),
  [
    'the guard over a long name above a long list',
    (n) => {
      const metadata = { ['k '.repeat(Math.min(n, 30_000))]: list(Math.min(n, 30_000), () => 1) };
      return () => findingsInFields({ metadata }, new Set(['secrets']));
    },
  ],
  [
    'the guard over nested metadata',
    (n) => {
      const metadata = nested(
        60,
        object(Math.min(n, 4_000), () => 'x'),
      );
      return () => findingsInFields({ content: 'x', metadata }, new Set(['secrets']));
    },
  ],
  [
    'an index of ever other speakers',
    (n) => () =>
      index(
        n,
        () => 'hello',
        (i) => `Ann B${i}`,
      ).questionForEmbedding('Ann hello'),
  ],
  [
    'an index whose speakers change',
    (n) => {
      const texts = index(
        n,
        () => 'hello',
        (i) => `a${i}`,
      );
      return () => {
        for (let i = 0; i < n; i++)
          texts.put({ ref: `r${i}`, text: 'x', speaker: `b${i}`, group: 'g', at: i });
      };
    },
  ],
  [
    'an index from which texts are removed',
    (n) => {
      const texts = index(
        n,
        () => 'hello',
        () => 'a',
      );
      return () => {
        for (let i = 0; i < n; i++) texts.remove(`r${i}`);
      };
    },
  ],
  [
    'the size of an index',
    (n) => {
      const texts = index(
        n,
        () => 'hello',
        (i) => `a${i}`,
      );
      return () => {
        for (let i = 0; i < 1_000; i++) void texts.bytes;
      };
    },
  ],
  [
    'a search among many texts',
    (n) => {
      const texts = index(
        n,
        (i) => `hello w${i % 50}`,
        (i) => `Ann B${i}`,
      );
      return () => texts.search('Ann hello w7 in May 2024', { limit: 10, explain: true });
    },
  ],
  ...['Ann ', 'I ', '2024-01-01 ', 'May 8 ', 'a', '漢', 'lari '].map((unit): [string, Work] => {
    const texts = index(
      50,
      () => 'hello',
      (i) => `Ann B${i}`,
    );
    return [
      `a question of ${JSON.stringify(unit)}`,
      onText(unit, (text) => texts.search(text, { limit: 10, explain: false })),
    ];
  }),
  ...['a', "a'", '漢', 'é', 'a ', 'ﷺ', 'م\u200c', '5:', '1,'].map((unit): [string, Work] => [
    `a text of ${JSON.stringify(unit)} in an index`,
    (n) => () =>
      index(
        1,
        () => unit.repeat(n),
        () => 'a',
      ),
  ]),
  ...['<', '<system', '</recalled>', '<\t', '&lt;', '< / system ', 'a'].flatMap(
    (unit): [string, Work][] => [
      [
        `${JSON.stringify(unit)} without imitations`,
        onText(unit, (text) => [
          countEscapeTokens(text),
          neutraliseImitations({ text }),
          recalledText({ element: 'memory', attributes: { kind: text }, text }),
        ]),
      ],
      [
        `JSON of ${JSON.stringify(unit)} without imitations`,
        onText(unit, (text) => neutraliseJson(JSON.stringify([text]))),
      ],
    ],
  ),
  ...['"', '\\"', '[', '{"a":', '{"a":[', '],', '\\', 'a'].map((unit): [string, Work] => [
    `JSON that was cut after ${JSON.stringify(unit)}`,
    onText(unit, closeJson),
  ]),
  [
    'a message of an index',
    (n) => {
      const content = JSON.stringify(
        list(Math.ceil(n / 60), () => ({ type: 'tool_use', input: nested(55, ['a', 'b']) })),
      );
      return () =>
        searchableMessage(
          {
            id: 'a',
            seq: 1,
            role: 'user',
            content,
            contentIsJson: true,
            isCut: false,
            isOpen: false,
            isSealed: false,
            isErased: false,
            speaker: null,
            createdAt: '2024-01-01T00:00:00Z',
          },
          'c',
        );
    },
  ],
  ...['漢字', 'แมวดำ', 'ខ្មែរ', 'getName-', '1 000', 'a.', '🍕', 'ab ', 'ä', 'a_<'].flatMap(
    (unit): [string, Work][] => [
      [
        `terms of a text of ${JSON.stringify(unit)}`,
        onText(unit, (text) => analyse(text.slice(0, 120_000))),
      ],
      [`terms of a question of ${JSON.stringify(unit)}`, onText(unit, toQuestionTerms)],
      [
        `terms of a message of ${JSON.stringify(unit)}`,
        onText(unit, (text) => atOnce(toVectorInSteps(text, new Stems()))),
      ],
    ],
  ),
  ...['a ', '漢', "a'", 'é'].map((unit): [string, Work] => [
    `the words to look for in ${JSON.stringify(unit)}`,
    onText(unit, extractNeedles),
  ]),
  [
    'the ids that stand in an answer',
    (n) => {
      const answer = JSON.stringify(
        list(n, (i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`),
      );
      return () => subjectsIn(answer);
    },
  ],
  ['an answer that looks like ids', onText('0000-', (text) => subjectsIn(text))],
  ...['a', 'é', ' ', 'external:', '\u0301'].map((unit): [string, Work] => [
    `a name of ${JSON.stringify(unit)}`,
    onText(unit, readReference),
  ]),
  ['a time of many digits', onText('1', (digits) => parseTime(`2024-01-01T00:00:00.${digits}Z`))],
  ['a URL of many parts', onText('a.', (host) => plainUrl(`https://${host}`))],
];

/** What iterates and is in no case by its own name: part of one that is, or bounded before. */
const COVERED: [pattern: RegExp, why: string][] = [
  [
    /^agent-config\/(content\/(content|content-checks)\.ts|dto\/content|overrides|usage\/config-uses|aliases\/traffic|mcp-servers\/(mcp-s|runner|configured)|mcp\/)/,
    'behind the bounds of the body: 50,000 values, and lists and maps by their schema',
  ],
  [
    /^(agent-config\/(content\/(diff|json-schema|parameters)|mcp-servers\/redaction)|platform\/input\/canonical-json)\.ts#/,
    'cases',
  ],
  [/^(cli|docs|console\/app)\/|^platform\/http\/prepared-/, 'linear-documentation.spec, browsers'],
  [
    /^context-window\/(compute\/context-(answer|work)|plan\/(context-|tool-|window-)|manifests\/(context-repetition|stored-manifest)|sealed-window)/,
    'parts of a window, which is a case',
  ],
  [/^context-window\/plan\/recalled\.ts#/, 'cases'],
  [
    /^context-window\/(context-(builder|requests|state)|contributing|contribution-counts|compute\/context-computer|manifests\/context-repeater)/,
    'order what the parts do',
  ],
  [/^context-window\/window-sql/, 'SQL that the program declares'],
  [/^conversations\/import\//, 'cases of exports and imports, and of linear-imports'],
  [/^agent-config\/mcp-tools\//, 'lists of 500 tools and results of bounded bytes, each read once'],
  [/^chat\/digests\//, 'messages that were cut to some characters, and a line of 120'],
  [/^chat\/compat\//, 'cases of linear-turns, 1,000 messages, 128 tools, and short texts'],
  [/^chat\/(models|model-calls|turns)\//, 'cases of linear-models and linear-turns'],
  [/^chat\/reply-cache\//, 'canonical JSON, which is a case, and a head of 16 kB'],
  [
    /^conversations\/(parts\/|messages\/any-message)|^context-window\/(plan\/(fit-parts|shorten)|compute\/part-counts)/,
    'cases of linear-parts',
  ],
  [
    /^conversations\/messages\/(storable-messages|message-(content|input|range))|token-(counter|encoding)/,
    'cases',
  ],
  [
    /^conversations\/(messages\/(message-(pages|counter|size)|unreadable|tree|marked|own-times)|sealing|import\/sealed|derived|keys|reading)/,
    'rows, and linear-trees',
  ],
  [/^conversations\/messages\/unfinished\//, 'cases of linear-turns'],
  [/^conversations\/messages\/erasure\/redact/, 'cases of linear-parts'],
  [/^conversations\/messages\/erasure\/part-redaction/, 'rows, one for each copy in a fork'],
  [/^platform\/secrets-guard\/|^conversations\/messages\/message-guard/, 'cases'],
  [/^memory\/recall\/(close-json|indexed-text|needles|search-query|user-time)/, 'cases'],
  [/^memory\/(writes\/(fingerprint|memory-input)|recall\/search-input)/, 'cases'],
  [
    /^memory\/(bulk\/forget-now|context\/|history\/rollback-input|writes\/(memory-(creation|merges|supersession|writer)|near-|new-versions)|as-of|sealing\/|message-search\/|recall\/(database-search|hits|memory-(filter|head|index)|neighbours|shown-memories))/,
    'a few fields, 1,000 memories or 100 hits at most',
  ],
  [/^(memory\/search|platform\/text)\//, 'parts of an index or a search, which are cases'],
  [/^planner\/events\/event-span/, 'a few fields'],
  [/^(chat\/events|platform\/streams)\//, 'a page of messages, 10 of them in progress, or 350 ids'],
  [/^platform\/egress\//, 'a URL of 2,048 characters, and what the operator allows'],
  [
    /^platform\/(idempotency\/answer-reference|input\/(body-|exact-json|json-|storable-text|validation|words))/,
    'cases',
  ],
  [
    /^platform\/context\/user-reference|^platform\/door\/(host|route)|^platform\/http\/(http-ad|dialects)/,
    'what fits into a head of 16 kB',
  ],
  [/^platform\/quotas\//, 'eleven quotas, and a bounded number of users'],
  [/^platform\/(rate-limit|idempotency\/(request-m|sealed-))/, 'callers, and a few fields, once'],
  [/^platform\/list\/(filter|json-)/, 'cases of linear-filters'],
  [
    /^platform\/(http\/(answer|etag)|input\/(query|time)|list\/(?!filter|json-))/,
    'what fits into a head of 16 kB',
  ],
  [/^platform\/interceptors\//, 'the interceptors of the application'],
  [/^platform\/http\/openapi\//, 'the routes and parameters that the program declares'],
  [/^platform\/input\/(merge-patch|near-name)/, 'a count in its spec, and names of 40 characters'],
  [/^(langgraph|doors|webhooks)\//, 'bodies and pages in bytes, of 1,000 items, each read once'],
  [/^users\//, 'what fits into a head of 16 kB, and caches with a bound'],
  [/^platform\/audit\/|^memory\/writes\/merge-m/, 'ids, counts, and fingerprints, which are cases'],
];

describe('time that grows no faster than the input', () => {
  it.each(CASES)('is what %s takes', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });

  it('has an end for the text of a difference, whose algorithm is quadratic', () => {
    const prompt = (n: number, word: string) => list(n, (i) => `${word}${i}`).join('\n');
    const [a, b] = [prompt(8_000, 'a'), prompt(8_000, 'b')];
    const before = process.cpuUsage();
    expect(textDiff(a, b, { from: 'a', to: 'b' })).toBeNull();
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(8_000);
  });

  it('is shown, or has a reason, for every function that iterates over what somebody sends', () => {
    const functions = iteratingFunctions('src');
    expect(functions.filter((name) => !COVERED.some(([pattern]) => pattern.test(name)))).toEqual(
      [],
    );
    expect(COVERED.filter(([pattern]) => !functions.some((name) => pattern.test(name)))).toEqual(
      [],
    );
  });
});
