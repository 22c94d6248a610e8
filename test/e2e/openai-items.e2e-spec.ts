// Items of all kinds come back whole, in the names of the API and in those of the Agents SDK, whichever door has written them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { DOORS, type Door, type Room } from '../support/doors/doors.js';
import type { Raw } from '../support/doors/form.js';
import { ITEM_PAIRS, type ItemPair } from '../support/doors/openai-items.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, TITLE_MODEL: 'off', SUMMARY_MODEL: 'off' });
  url = await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});

let count = 0;
function newRoom(): Room {
  const user = `user-${++count}`;
  return { api, url, standIn, user, caller: api.actingFor(user), key: `items-${count}` };
}

type Names = keyof ItemPair;
const SESSIONS = 'sessions of the Agents SDK';
const CONVERSATIONS = 'the Conversations API of OpenAI';
const FORMAT = 'our API with format=openai-responses';
const NAMES: Record<string, Names> = {
  ...{ [SESSIONS]: 'sdk', [CONVERSATIONS]: 'api', [FORMAT]: 'api' },
};

const doorOf = (name: string) =>
  DOORS.find((door) => door.name === name) as Door & Required<Pick<Door, 'write' | 'read'>>;
const inNames = (names: Names): Raw[] => ITEM_PAIRS.map((pair) => pair[names]);
const plain = (items: Raw[]): Raw[] => JSON.parse(JSON.stringify(items)) as Raw[];

/** The Conversations API gives other items an id of its own, unless it has written them. */
const KEEP_IDS = new Set<unknown>([
  ...['reasoning', 'program', 'program_output', 'mcp_approval_request'],
]);
const withOwnId = (item: Raw): Raw =>
  KEEP_IDS.has(item['type']) ? item : { ...item, id: expect.any(String) };

describe.each(Object.keys(NAMES))('items that are written by %s', (writer) => {
  let room: Room;
  beforeAll(async () => {
    room = newRoom();
    await doorOf(writer).write(room, inNames(NAMES[writer]!));
  });

  it.each(Object.keys(NAMES))('are read by %s', async (reader) => {
    const { messages } = await doorOf(reader).read(room);
    const hasOwnIds = reader === CONVERSATIONS && writer !== CONVERSATIONS;
    const expected = inNames(NAMES[reader]!);
    expect(plain(messages)).toEqual(hasOwnIds ? expected.map(withOwnId) : expected);
  });

  it('are told in words to clients of other forms', async () => {
    for (const format of ['openai', 'anthropic', 'gemini', 'bedrock', 'ai-sdk', 'langchain']) {
      const path = `/v1/conversations/key:${room.key}/messages?format=${format}&order=asc&limit=100`;
      const given = JSON.stringify((await room.caller.get(path).expect(200)).body);
      for (const words of ['halls', 'The market hall.', 'A hall.']) expect(given).toContain(words);
    }
  });
});

describe('items that the API has no form for', () => {
  const own = {
    ...{ type: 'hosted_tool_call', id: 'h1', name: 'web_search', status: 'completed' },
    ...{ arguments: '{"query":"halls"}', output: 'a hall', providerData: { type: 'x' } },
  };

  it('are told in words, and come back to the Agents SDK as it has written them', async () => {
    const room = newRoom();
    await doorOf(SESSIONS).write(room, [own]);
    expect((await doorOf(SESSIONS).read(room)).messages).toEqual([own]);
    for (const reader of [CONVERSATIONS, FORMAT]) {
      const { messages } = await doorOf(reader).read(room);
      expect(messages).toMatchObject([{ role: 'assistant' }]);
      expect(JSON.stringify(messages)).toContain('a hall');
    }
  });
});
