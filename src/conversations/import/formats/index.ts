// Detects the format of what an import file has: a line, an element of an array, or the whole file.
import { fromChatGpt, isChatGpt } from './chatgpt.js';
import { fromClaude, fromClaudeMemory, isClaude, isClaudeMemory } from './claude.js';
import { FormatError, isObject, type JsonObject, objectsOf, type SourceItem } from './format.js';
import { fromGeminiActivity, isGeminiActivity } from './gemini-takeout.js';
import { fromLibreChat, isLibreChat } from './librechat.js';
import { fitToServer } from './fit.js';
import { fromLocomo, fromPublishedLocomo, isLocomo, isPublishedLocomo } from './locomo.js';
import { conversationOf, fromMessages, isMessage } from './loose-messages.js';
import { fromLetta, isLetta } from './letta.js';
import { fromMem0, isMem0 } from './mem0.js';
import { fromBlock, fromEntry, fromNative, isBlock, isEntry, isNative } from './native.js';
import { fromOpenAiChat, isOpenAiChat } from './openai-chat.js';
import { fromOpenWebUi, isOpenWebUi } from './open-webui.js';
import { fromLmsys, isLmsys } from './lmsys.js';
import { fromOpenAssistant, isOpenAssistant, openAssistantTree } from './open-assistant.js';
import { fromShareGpt, isShareGpt } from './sharegpt.js';
import { fromZep, isZep } from './zep.js';
import { describeUnknown } from './unknown.js';

export { keyOfStart } from './loose-messages.js';
export { parentPlace, withParent } from './parents.js';
export {
  FormatError,
  type ImportBody,
  type EntryBody,
  type EntryKind,
  type SourceConversation,
  type SourceItem,
  type SourceBlock,
  type SourceEntry,
} from './format.js';

interface Format {
  is: (value: JsonObject) => boolean;
  read: (value: JsonObject, text: string) => SourceItem[];
}

/** In the order in which they are asked: those with the most telling shapes come first. */
const formats: Format[] = [
  { is: isChatGpt, read: fromChatGpt },
  { is: isClaude, read: fromClaude },
  { is: isClaudeMemory, read: fromClaudeMemory },
  { is: isLibreChat, read: fromLibreChat },
  { is: isLetta, read: fromLetta },
  { is: isOpenWebUi, read: fromOpenWebUi },
  { is: isGeminiActivity, read: fromGeminiActivity },
  { is: isLocomo, read: fromLocomo },
  { is: isPublishedLocomo, read: fromPublishedLocomo },
  { is: isOpenAssistant, read: (value) => fromOpenAssistant([value]) },
  { is: isShareGpt, read: fromShareGpt },
  { is: isLmsys, read: fromLmsys },
  { is: isMem0, read: fromMem0 },
  { is: isZep, read: fromZep },
  { is: isEntry, read: fromEntry },
  { is: isBlock, read: fromBlock },
  { is: isOpenAiChat, read: fromOpenAiChat },
  { is: isNative, read: fromNative },
];

/** Fields in which exports and answers have a list of what can be imported. */
const WRAPPERS: readonly string[] = [
  ...['data', 'conversations', 'chats', 'sessions', 'results', 'memories', 'items'],
];

/** Messages of one conversation that are kept in memory until it ends. */
const MAX_GROUP_MESSAGES = 20_000;
const ONE_EACH = 'put those of each conversation into `{"importKey", "messages"}`';

/** Reads the values of one file in order. Those that belong together are read together. */
export class SourceReader {
  private group: JsonObject[] = [];
  private groupName: string | null = null;

  /**
   * @param text the JSON that `value` was parsed from; its hash is the import key of a conversation
   *   without one
   * @returns what is complete
   * @throws FormatError when the value is nothing that can be imported, or damaged
   */
  read(value: unknown, text: string): SourceItem[] {
    if (isObject(value)) {
      const name = groupOf(value);
      if (name !== null) return this.add(name, value);
    }
    return [...this.end(), ...readAlone(value, text)];
  }

  /** @returns what waited for more */
  end(): SourceItem[] {
    const { group } = this;
    this.group = [];
    this.groupName = null;
    const [first] = group;
    if (!first) return [];
    return isOpenAssistant(first)
      ? finish(fromOpenAssistant(group))
      : finish([fromMessages(group)]);
  }

  private add(name: string, value: JsonObject): SourceItem[] {
    if (this.group.length >= MAX_GROUP_MESSAGES && name === this.groupName)
      throw new FormatError(
        `more than ${MAX_GROUP_MESSAGES} messages follow each other: ${ONE_EACH}`,
      );
    const complete = name === this.groupName ? [] : this.end();
    this.groupName = name;
    this.group.push(value);
    return complete;
  }
}

/** Returns what tells the group of a message, or null for what is read alone. */
function groupOf(value: JsonObject): string | null {
  const tree = openAssistantTree(value);
  if (tree !== null) return `tree ${tree}`;
  const isAlone = formats.some(({ is }) => is(value));
  return !isAlone && isMessage(value) ? `messages ${conversationOf(value)}` : null;
}

function readAlone(value: unknown, text: string): SourceItem[] {
  const format = isObject(value) ? formats.find(({ is }) => is(value)) : undefined;
  if (format) return finish(format.read(value as JsonObject, text));
  const list = listIn(value);
  if (list === null) throw new FormatError(describeUnknown(value));
  const reader = new SourceReader();
  // The text of an element is not known; its own JSON has the same words.
  const items = list.flatMap((element) => reader.read(element, JSON.stringify(element)));
  return [...items, ...reader.end()];
}

/** Returns the elements of a list that can be imported, alone or in a wrapper; or null. */
function listIn(value: unknown): JsonObject[] | null {
  const lists = Array.isArray(value)
    ? [value as unknown[]]
    : isObject(value)
      ? WRAPPERS.map((name) => value[name])
      : [];
  for (const list of lists) {
    const [first] = objectsOf(list);
    if (first && (formats.some(({ is }) => is(first)) || isMessage(first))) return objectsOf(list);
  }
  return null;
}

const finish = (items: SourceItem[]): SourceItem[] => items.map(fitToServer);
