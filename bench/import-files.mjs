// Writes the files that bench/import.mjs imports: the same conversations in several formats.
import { seedTexts } from './world.mjs';

const STARTED_AT_SECONDS = 1_735_689_600;
const SECONDS_BETWEEN = 20;

const texts = seedTexts();
const roleOf = (place) => (place % 2 === 0 ? 'user' : 'assistant');

const secondsOf = (conversation, place) =>
  STARTED_AT_SECONDS + conversation * 3_600 + place * SECONDS_BETWEEN;

function* conversationsOf({ conversations, messages }) {
  for (let n = 0; n < conversations; n++) {
    const list = Array.from({ length: messages }, (_, place) => ({
      role: roleOf(place),
      text: texts[(n * messages + place) % texts.length],
      seconds: secondsOf(n, place),
    }));
    yield { n, title: `Conversation ${n}`, list };
  }
}

const native = ({ n, title, list }) => ({
  importKey: `bench-${n}`,
  title,
  messages: list.map(({ role, text, seconds }) => ({
    role,
    content: text,
    createdAt: new Date(seconds * 1000).toISOString(),
  })),
});

function chatgpt({ n, title, list }) {
  const id = (place) => `${n}-${place}`;
  const nodes = list.map(({ role, text, seconds }, place) => ({
    id: id(place),
    message: {
      id: id(place),
      author: { role, name: null, metadata: {} },
      create_time: seconds,
      update_time: null,
      content: { content_type: 'text', parts: [text] },
      status: 'finished_successfully',
      end_turn: true,
      weight: 1,
      metadata: { model_slug: 'gpt-4o', timestamp_: 'absolute' },
      recipient: 'all',
    },
    parent: place === 0 ? null : id(place - 1),
    children: place === list.length - 1 ? [] : [id(place + 1)],
  }));
  return {
    title,
    create_time: list[0].seconds,
    update_time: list.at(-1).seconds,
    mapping: Object.fromEntries(nodes.map((node) => [node.id, node])),
    current_node: nodes.at(-1).id,
    conversation_id: `bench-${n}`,
  };
}

/** By name: a function from the sizes to the text of the file. */
export const FORMATS = {
  native: (sizes) =>
    Array.from(conversationsOf(sizes), (one) => JSON.stringify(native(one))).join('\n'),
  chatgpt: (sizes) => JSON.stringify(Array.from(conversationsOf(sizes), chatgpt)),
};
