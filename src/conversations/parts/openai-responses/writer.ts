// Writes input items of OpenAI's Responses API.
import { namedText } from '../accepting.js';
import { hasText, inputObjectText, isBlank, textFormTokens } from '../as-text.js';
import type { DialectWriter, Omission, Turn } from '../dialect.js';
import { isWebAddress } from '../fields.js';
import { documentTokens } from '../media-tokens.js';
import { imageTokens } from '../openai/image-tokens.js';
import { imageUrl } from '../openai/image-url.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type MediaPart,
  type Part,
  type RawObject,
  type ToolCallPart,
  type ToolResultPart,
} from '../part.js';
import { CallIds, legalToolName } from '../tool-names.js';

export const openAiResponsesWriter: DialectWriter = {
  dialect: 'openai-responses',
  openingTokens: 0,
  labelTokens: 0,

  accepts: (part, role) => {
    if (part.kind === 'tool-call') return role === 'assistant';
    if (part.kind === 'tool-result') return true;
    if (part.kind === 'reasoning') return role === 'assistant' && isEncrypted(part);
    if (isMedia(part) && (role === 'user' || role === 'tool') && mediaPart(part)) return true;
    return hasText(part);
  },

  extraTokens,

  write: (turns, { isRequest, goesOn = false }) => {
    const writer = new ItemWriter(isRequest);
    for (const turn of turns) writer.add(turn);
    return writer.end(goesOn);
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + extraTokens(nested, 'tool'), 0);
  if (isMedia(part) && (role === 'user' || role === 'tool') && mediaPart(part))
    return part.kind === 'image' ? imageTokens(part) : documentTokens(part);
  return part.kind === 'reasoning' ? REASONING_TOKENS : textFormTokens(part);
}

/** Encrypted reasoning is not charged as input by its length; the item itself takes little. */
const REASONING_TOKENS = 8;

/** Reasoning is accepted back as its own item, with the encrypted content. */
const isEncrypted = (part: Part): boolean =>
  part.kind === 'reasoning' && part.signedBy === 'openai-responses' && part.encrypted !== null;

function mediaPart(part: MediaPart): RawObject | null {
  const ownId = part.dialect === 'openai-responses' ? part.fileId : null;
  if (part.kind === 'image') {
    const url = imageUrl(part);
    const detail = part.detail ?? 'auto';
    if (url !== null) return { type: 'input_image', image_url: url, detail };
    return ownId === null ? null : { type: 'input_image', file_id: ownId, detail };
  }
  if (part.kind !== 'file' || part.text !== null) return null;
  if (ownId !== null) return { type: 'input_file', file_id: ownId };
  if (part.url !== null && isWebAddress(part.url))
    return { type: 'input_file', file_url: part.url };
  return part.data === null || part.mediaType !== 'application/pdf'
    ? null
    : {
        type: 'input_file',
        filename: part.name ?? 'document.pdf',
        file_data: `data:${part.mediaType};base64,${part.data}`,
      };
}

class ItemWriter {
  private readonly items: RawObject[] = [];
  private readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(64);
  /** Reasoning that waits for the item which it led to; the API refuses it without one. */
  private reasoning: Part[] = [];
  /** Ids of reasoning: a conversation may hold an item twice, which the API refuses. */
  private readonly usedIds = new Set<unknown>();

  constructor(private readonly isRequest: boolean) {}

  add(turn: Turn): void {
    if (turn.role === 'assistant') this.addAssistant(turn.parts);
    else {
      this.dropReasoning();
      if (turn.role === 'tool') this.addResults(turn.parts.filter(isToolResult));
      else this.addUserOrSystem(turn);
    }
  }

  /** @param goesOn whether what the last reasoning led to may stand behind it */
  end(goesOn: boolean): { messages: RawObject[]; omitted: Omission[] } {
    if (goesOn) this.pushReasoning();
    else this.dropReasoning();
    return { messages: this.items, omitted: this.omitted };
  }

  private addUserOrSystem({ role, parts }: Turn): void {
    const content = parts.flatMap((part) => this.contentPart(part, role));
    if (content.length > 0) this.items.push({ role, content: textOrList(content) });
  }

  private addAssistant(parts: Part[]): void {
    const ids = this.ids.forCalls(parts.filter(isToolCall));
    let called = 0;
    for (const part of parts) {
      if (part.kind === 'reasoning') this.holdReasoning(part);
      else if (part.kind === 'tool-call') this.push(functionCall(part, ids[called++]!));
      else if (part.kind === 'refusal' && !this.isRequest && !isBlank(part.text))
        this.push({ role: 'assistant', content: [{ type: 'refusal', refusal: part.text }] });
      else {
        const text = namedText(part, this.omitted);
        if (text !== null && !isBlank(text)) this.push({ role: 'assistant', content: text });
        else this.omitted.push({ part, reason: text === null ? 'not_accepted' : 'empty' });
      }
    }
  }

  private holdReasoning(part: Part): void {
    if (isEncrypted(part)) this.reasoning.push(part);
    else this.omitted.push({ part, reason: 'unsigned' });
  }

  /** Pushes an item of the assistant behind the reasoning that led to it. */
  private push(item: RawObject): void {
    this.pushReasoning();
    this.items.push(item);
  }

  private pushReasoning(): void {
    for (const part of this.reasoning) {
      const reasoning = reasoningItem(part);
      const { id } = reasoning;
      if (id !== undefined && this.usedIds.has(id))
        this.omitted.push({ part, reason: 'not_accepted' });
      else this.items.push(reasoning);
      this.usedIds.add(id);
    }
    this.reasoning = [];
  }

  private dropReasoning(): void {
    for (const part of this.reasoning) this.omitted.push({ part, reason: 'unfinished' });
    this.reasoning = [];
  }

  private addResults(results: ToolResultPart[]): void {
    const ids = this.ids.forResults(results);
    results.forEach((result, i) => {
      const output = result.output.flatMap((part) => this.contentPart(part, 'tool'));
      this.items.push({
        type: 'function_call_output',
        call_id: ids[i],
        output: output.length === 0 ? '' : textOrList(output),
      });
    });
  }

  private contentPart(part: Part, role: Turn['role']): RawObject[] {
    const media = isMedia(part) && role !== 'system' ? mediaPart(part) : null;
    if (media) return [media];
    const text = namedText(part, this.omitted);
    if (text !== null && !isBlank(text)) return [{ type: 'input_text', text }];
    this.omitted.push({ part, reason: text === null ? 'not_accepted' : 'empty' });
    return [];
  }
}

const textOrList = (content: RawObject[]): string | RawObject[] =>
  content.every(({ type }) => type === 'input_text')
    ? content.map(({ text }) => text as string).join('\n')
    : content;

const functionCall = ({ name, input }: ToolCallPart, id: string): RawObject => ({
  type: 'function_call',
  call_id: id,
  name: legalToolName(name),
  arguments: inputObjectText(input),
});

/** Gives a stored item back in the spelling of the API; the Agents SDK has its own. */
function reasoningItem(part: Part): RawObject {
  const { original, encrypted, text } = part as Part & { kind: 'reasoning' };
  if (original && 'encrypted_content' in original && original['type'] === 'reasoning')
    return original;
  return {
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: encrypted,
  };
}
