// Writes messages of Anthropic's Messages API: users and assistants alternate, and a user begins.
import { acceptsWith, namedText, omissionReason } from '../accepting.js';
import {
  type Block,
  type Side,
  addOpening,
  addSide,
  trimEnds,
  trimLastText,
} from '../alternating.js';
import { inputObject, isBlank, textForm, textFormTokens } from '../as-text.js';
import {
  type DialectWriter,
  LABEL_TOKENS,
  type Omission,
  OPENING,
  OPENING_TOKENS,
  type Turn,
  type Written,
} from '../dialect.js';
import { objectsIn, textIn, without } from '../fields.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type Part,
  type RawObject,
  type SourcePart,
  type ToolCallPart,
  type ToolResultPart,
} from '../part.js';
import { isServerPartOf, serverPairs } from '../server-pairs.js';
import { CallIds, legalToolName } from '../tool-names.js';
import { systemText } from '../system-text.js';
import { mediaBlock, mediaTokens } from './media.js';

export const anthropicWriter: DialectWriter = {
  dialect: 'anthropic',
  openingTokens: OPENING_TOKENS,
  labelTokens: LABEL_TOKENS,

  accepts: acceptsWith({
    isSigned: (part) => isSigned(part),
    isOwnServerPart: (part) => isOwnServerPart(part),
    takesMedia: (part, role) => isMedia(part) && role !== 'assistant' && mediaBlock(part) !== null,
  }),

  extraTokens,

  write: (turns, { isRequest }) => {
    const writer = new MessagesWriter();
    for (const turn of turns) writer.add(turn);
    return writer.end(isRequest);
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + extraTokens(nested, 'tool'), 0);
  if (isMedia(part) && role !== 'assistant') {
    const block = mediaBlock(part);
    if (block) return mediaTokens(part);
  }
  const isWhole =
    part.kind === 'server-tool-result' && role === 'assistant' && isOwnServerPart(part);
  return textFormTokens(part) + (isWhole ? foundTokens(part) : 0);
}

/** Counts the documents that a server tool fetched, which are sent back with its result. */
const foundTokens = ({ output }: ToolResultPart): number =>
  output.reduce((sum, found) => sum + (isMedia(found) ? mediaTokens(found) : 0), 0);

/** Thinking is accepted with its signature and its text, redacted thinking with its data. */
const isSigned = (part: Part): boolean =>
  part.kind === 'reasoning' &&
  part.signedBy === 'anthropic' &&
  (part.encrypted !== null || (part.signature !== null && !isBlank(part.text)));

const isOwnServerPart = isServerPartOf('anthropic');

const text = (value: string): RawObject => ({ type: 'text', text: value });
/** Returns a stored block without the mark of a prompt cache, of which a request may have few. */
const stored = (original: RawObject): RawObject =>
  'cache_control' in original ? without(original, 'cache_control') : original;

/** Returns the block of media or of a search result, which a user or a tool may give. */
function wholeBlock(part: Part): RawObject | null {
  if (isMedia(part)) {
    const media = mediaBlock(part);
    return media && stored(media);
  }
  return isOwnSearchResult(part) ? stored(part.original) : null;
}

/** A search result is taken with a source, a title and texts. */
const isOwnSearchResult = (part: Part): part is SourcePart & { original: RawObject } =>
  part.kind === 'source' &&
  part.dialect === 'anthropic' &&
  part.original?.['type'] === 'search_result' &&
  part.url !== null &&
  part.title !== null &&
  objectsIn(part.original['content']).every((block) => !isBlank(textIn(block, 'text') ?? '')) &&
  !isBlank(part.text ?? '');

class MessagesWriter {
  private readonly system: RawObject[] = [];
  private readonly sides: Side<'user' | 'assistant'>[] = [];
  private readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(64);

  add(turn: Turn): void {
    const { role, parts } = turn;
    if (role === 'system') this.addSystem(turn);
    else if (role === 'tool') this.addResults(parts);
    else addSide(this.sides, role, this.blocks(parts, role));
  }

  end(isRequest: boolean): Written {
    const sides = trimEnds(this.sides, 'assistant', isThinking, ({ part }) =>
      this.omitted.push({ part: part!, reason: 'unfinished' }),
    );
    if (isRequest) addOpening(sides, 'assistant', text(OPENING));
    if (isRequest) trimLastText(sides, 'assistant');
    return {
      ...(this.system.length > 0 ? { system: this.system } : {}),
      messages: sides.map(({ role, blocks }) => ({
        role,
        content: blocks.map(({ block }) => block),
      })),
      omitted: this.omitted,
    };
  }

  private addSystem({ parts, isLeading }: Turn): void {
    const texts = parts.filter((part) => {
      const isSent = part.kind === 'text' && !isBlank(part.text);
      if (!isSent) this.omitted.push({ part, reason: omissionReason(part) });
      return isSent;
    });
    if (texts.length === 0) return;
    const whole = texts.map((part) => textForm(part)).join('\n');
    if (isLeading) this.system.push(text(whole));
    else addSide(this.sides, 'user', [{ block: text(systemText(whole)), part: null }]);
  }

  private blocks(parts: Part[], role: 'user' | 'assistant'): Block[] {
    const ids = this.ids.forCalls(role === 'assistant' ? parts.filter(isToolCall) : []);
    let called = 0;
    const pairs = serverPairs(parts.filter(isOwnServerPart));
    return parts.flatMap((part): Block[] => {
      const block =
        isToolCall(part) && role === 'assistant'
          ? toolUse(part, ids[called++]!)
          : this.block(part, role, pairs);
      return block ? [{ block, part }] : [];
    });
  }

  private block(part: Part, role: Turn['role'], pairs: ReadonlySet<Part>): RawObject | null {
    if (isOwnServerPart(part) && role === 'assistant') {
      if (pairs.has(part)) return stored(part.original!);
      this.omitted.push({ part, reason: 'unfinished' });
      return null;
    }
    if (part.kind === 'reasoning' && role === 'assistant' && isSigned(part)) return thinking(part);
    const whole = role === 'assistant' ? null : wholeBlock(part);
    if (whole) return whole;
    const own = namedText(part, this.omitted);
    if (own !== null && !isBlank(own))
      return part.dialect === 'anthropic' && part.original && part.kind === 'text'
        ? stored(part.original)
        : text(own);
    this.omitted.push({ part, reason: omissionReason(part) });
    return null;
  }

  /** Results hold texts, images and documents. */
  private outputBlock(part: Part): RawObject | null {
    const whole = wholeBlock(part);
    if (whole) return whole;
    const own = namedText(part, this.omitted);
    if (own !== null && !isBlank(own)) return text(own);
    this.omitted.push({ part, reason: omissionReason(part) });
    return null;
  }

  /** Results come first in the message behind their calls. */
  private addResults(parts: Part[]): void {
    const results = parts.filter(isToolResult);
    const ids = this.ids.forResults(results);
    const blocks = results.map((part, i): Block => ({
      block: this.toolResult(part, ids[i]!),
      part,
    }));
    addSide(this.sides, 'user', blocks);
  }

  private toolResult({ output, isError }: ToolResultPart, id: string): RawObject {
    const blocks = output.map((part) => this.outputBlock(part)).filter((block) => block !== null);
    const isText = blocks.every(({ type }) => type === 'text');
    const content = isText ? blocks.map((block) => block['text'] as string).join('\n') : blocks;
    return {
      type: 'tool_result',
      tool_use_id: id,
      content: isError && content.length === 0 ? 'error' : content,
      // The content of an error is text only.
      ...(isError && isText ? { is_error: true } : {}),
    };
  }
}

const isThinking = ({ part }: Block): boolean => part?.kind === 'reasoning';

function thinking(part: Part & { kind: 'reasoning' }): RawObject {
  if (part.dialect === 'anthropic' && part.original) return part.original;
  return part.encrypted === null
    ? { type: 'thinking', thinking: part.text, signature: part.signature }
    : { type: 'redacted_thinking', data: part.encrypted };
}

const toolUse = ({ name, input }: ToolCallPart, id: string): RawObject => ({
  type: 'tool_use',
  id,
  name: legalToolName(name),
  input: inputObject(input),
});
