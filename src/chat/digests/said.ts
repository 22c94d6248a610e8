// Reads what was said in a conversation, for a model that writes a title or a summary of it.
import type { ConversationPaths, MessagePath } from '../../conversations/index.js';
import { messageWords } from '../../conversations/parts/index.js';

export interface SaidLimits {
  messages: number;
  /** The most bytes of all messages together. The first one is read however long it is. */
  bytes: number;
  /** The most characters of one message. The rest of it is left out. */
  charactersEach: number;
}

export interface Said {
  /** What people and models said in words. */
  texts: { role: 'user' | 'assistant'; text: string }[];
  /** `seq` of the last message that was read; null when none was. */
  lastSeq: number | null;
}

/** Reads a path from its beginning, up to its first message in progress. */
export async function readSaid(
  paths: ConversationPaths,
  conversationId: string,
  path: MessagePath,
  { messages, bytes, charactersEach }: SaidLimits,
): Promise<Said> {
  const said: Said = { texts: [], lastSeq: null };
  let bytesRead = 0;
  const beginning = path.first(messages);
  for await (const message of paths.read({ conversationId, path: beginning }, bytes)) {
    if (message.status === 'in_progress') break;
    const words = messageWords(message);
    bytesRead += Buffer.byteLength(words);
    if (bytesRead > bytes && said.lastSeq !== null) break;
    const { role, seq } = message;
    said.lastSeq = seq;
    if (words !== '' && (role === 'user' || role === 'assistant'))
      said.texts.push({ role, text: words.slice(0, charactersEach).toWellFormed() });
  }
  return said;
}
