// Writes messages of LangChain in the form that its histories store.
import { acceptedByRole, namedText } from '../accepting.js';
import {
  DEFAULT_MEDIA_TYPES,
  hasText,
  inputObject,
  isBlank,
  mediaUrl,
  textFormTokens,
} from '../as-text.js';
import type { DialectWriter, Omission, Turn } from '../dialect.js';
import { documentTokens } from '../media-tokens.js';
import { imageTokens } from '../openai/image-tokens.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type Part,
  type RawObject,
  type ToolCallPart,
  type ToolResultPart,
} from '../part.js';
import { isServerPart, serverPairs } from '../server-pairs.js';
import { CallIds, legalToolName } from '../tool-names.js';

export const langChainWriter: DialectWriter = {
  dialect: 'langchain',
  openingTokens: 0,
  labelTokens: 0,

  accepts: (part, role) => {
    const byRole = acceptedByRole(part, role);
    if (byRole !== null) return byRole;
    return hasText(part) || wholeBlock(part, role) !== null;
  },

  extraTokens,

  write: (turns) => {
    const writer = new StoredWriter();
    for (const turn of turns) writer.add(turn);
    return { messages: writer.messages, omitted: writer.omitted };
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + extraTokens(nested, 'tool'), 0);
  if (isMedia(part) && wholeBlock(part, role))
    return part.kind === 'image' ? imageTokens(part) : documentTokens(part);
  return textFormTokens(part);
}

/** Returns a block that is not made of the words of a part. */
function wholeBlock(part: Part, role: Turn['role']): RawObject | null {
  if (role === 'system' || (part.kind === 'file' && part.text !== null)) return null;
  const own = part.dialect === 'langchain' ? part.original : null;
  if (isMedia(part)) return mediaBlock(part, own);
  const isAnswers = part.kind === 'reasoning' || isServerPart(part) || part.kind === 'source';
  return role === 'assistant' && isAnswers ? own : null;
}

function mediaBlock(part: Part, own: RawObject | null): RawObject | null {
  if (!isMedia(part)) return null;
  const mediaType = part.mediaType ?? DEFAULT_MEDIA_TYPES[part.kind];
  const url = mediaUrl(part, mediaType);
  if (url === null) return part.fileId === null ? null : own;
  if (own) return own;
  if (part.kind === 'image') return { type: 'image_url', image_url: { url } };
  const source =
    part.data === null
      ? { source_type: 'url', url }
      : { source_type: 'base64', data: part.data, mime_type: mediaType };
  const name = part.name === null ? {} : { metadata: { filename: part.name } };
  return { type: part.kind, ...source, ...name };
}

class StoredWriter {
  readonly messages: RawObject[] = [];
  readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(64);
  /** The legal names of the calls by their ids. */
  private readonly names = new Map<string, string>();

  add({ role, parts }: Turn): void {
    if (role === 'tool') return this.addResults(parts.filter(isToolResult));
    if (role === 'assistant') return this.addAssistant(parts);
    const content = this.content(parts, role);
    if (content.length > 0)
      this.push(role === 'user' ? 'human' : 'system', { content: textOrList(content) });
  }

  private addAssistant(parts: Part[]): void {
    const calls = parts.filter(isToolCall);
    const ids = this.ids.forCalls(calls);
    const said = parts.filter((part) => !isToolCall(part));
    const content = this.content(said, 'assistant');
    const toolCalls = calls.map((call, i) => this.call(call, ids[i]!));
    if (content.length > 0 || calls.length > 0)
      this.push('ai', { content: textOrList(content), tool_calls: toolCalls });
  }

  private call({ name, input }: ToolCallPart, id: string): RawObject {
    const legal = legalToolName(name);
    this.names.set(id, legal);
    return { name: legal, args: inputObject(input), id, type: 'tool_call' };
  }

  private addResults(results: ToolResultPart[]): void {
    const ids = this.ids.forResults(results);
    results.forEach(({ output, name, isError }, i) => {
      const id = ids[i]!;
      const called = this.names.get(id) ?? (name === null ? null : legalToolName(name));
      this.push('tool', {
        content: textOrList(this.content(output, 'tool')),
        tool_call_id: id,
        ...(called === null ? {} : { name: called }),
        status: isError ? 'error' : 'success',
      });
    });
  }

  private push(type: string, data: RawObject): void {
    this.messages.push({ type, data });
  }

  private content(parts: Part[], role: Turn['role']): RawObject[] {
    const pairs = serverPairs(parts);
    return parts.flatMap((part): RawObject[] => {
      if (part.kind === 'server-tool-call' && !pairs.has(part))
        return this.omit(part, 'unfinished');
      const whole = wholeBlock(part, role);
      if (whole) return [whole];
      const text = role === 'system' && part.kind !== 'text' ? null : namedText(part, this.omitted);
      if (text !== null && !isBlank(text)) return [{ type: 'text', text }];
      if (part.kind === 'reasoning') return this.omit(part, 'unsigned');
      return this.omit(part, text === null ? 'not_accepted' : 'empty');
    });
  }

  private omit(part: Part, reason: Omission['reason']): RawObject[] {
    this.omitted.push({ part, reason });
    return [];
  }
}

const textOrList = (content: RawObject[]): string | RawObject[] =>
  content.every(({ type }) => type === 'text')
    ? content.map(({ text }) => text as string).join('\n')
    : content;
