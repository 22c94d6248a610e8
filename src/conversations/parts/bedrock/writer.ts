// Writes messages of Bedrock's Converse API: users and assistants alternate, and a user begins.
import { acceptsWith, namedText, omissionReason } from '../accepting.js';
import {
  type Block,
  type Side,
  addOpening,
  addSide,
  trimEnds,
  trimLastText,
} from '../alternating.js';
import { inputObject, isBlank, textFormTokens } from '../as-text.js';
import {
  type DialectWriter,
  LABEL_TOKENS,
  type Omission,
  OPENING,
  OPENING_TOKENS,
  type Turn,
  type Written,
} from '../dialect.js';
import { isText, objectIn } from '../fields.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type MediaPart,
  type Part,
  type RawObject,
  type ReasoningPart,
  type ToolResultPart,
} from '../part.js';
import { isServerPartOf, serverPairs } from '../server-pairs.js';
import { systemText } from '../system-text.js';
import { CallIds, legalToolName } from '../tool-names.js';
import { DocumentNames, mediaBlock, mediaTokens } from './media.js';

export const bedrockWriter: DialectWriter = {
  dialect: 'bedrock',
  openingTokens: OPENING_TOKENS,
  labelTokens: LABEL_TOKENS,

  accepts: acceptsWith({
    isSigned: (part) => isSigned(part),
    isOwnServerPart: (part) => isOwnServerPart(part),
    takesMedia: (part, role) => isMedia(part) && role !== 'assistant' && mediaBlock(part) !== null,
  }),

  extraTokens,

  write: (turns, { isRequest }) => {
    const writer = new ConverseWriter();
    for (const turn of turns) writer.add(turn);
    return writer.end(isRequest);
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + extraTokens(nested, 'tool'), 0);
  if (isMedia(part) && role !== 'assistant' && mediaBlock(part)) return mediaTokens(part);
  return textFormTokens(part);
}

const isSigned = (part: Part): part is ReasoningPart =>
  part.kind === 'reasoning' &&
  part.signedBy === 'bedrock' &&
  (part.encrypted !== null || (part.signature !== null && !isBlank(part.text)));

const reasoningBlock = ({ text, signature, encrypted }: ReasoningPart): RawObject => ({
  reasoningContent:
    encrypted === null ? { reasoningText: { text, signature } } : { redactedContent: encrypted },
});

const isOwnServerPart = isServerPartOf('bedrock');

/** Returns a stored block where Converse takes it as it is, beside plain texts, which all roles have. */
function storedBlock({ dialect, original }: Part, role: Turn['role']): RawObject | null {
  if (dialect !== 'bedrock' || !original) return null;
  const [name] = Object.keys(original) as [string];
  return OWN_BLOCKS[role]?.has(name) ? original : null;
}

const OWN_BLOCKS: Readonly<Partial<Record<Turn['role'], ReadonlySet<string>>>> = {
  user: new Set(['guardContent', 'searchResult']),
  assistant: new Set(['citationsContent']),
  tool: new Set(['json', 'searchResult']),
};

/** A user who gives a document must say something, too. */
const DOCUMENT_NOTE = '[see the document]';
const isDocument = ({ block }: Block): boolean => 'document' in block;

class ConverseWriter {
  private readonly system: RawObject[] = [];
  private readonly sides: Side<'user' | 'assistant'>[] = [];
  private readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(64);
  private readonly documentNames = new DocumentNames();

  add({ role, parts, isLeading }: Turn): void {
    if (role === 'system') this.addSystem(parts, isLeading);
    else if (role === 'tool') this.addResults(parts.filter(isToolResult));
    else addSide(this.sides, role, this.blocks(parts, role));
  }

  end(isRequest: boolean): Written {
    const sides = trimEnds(
      this.sides,
      'assistant',
      ({ part }) => part?.kind === 'reasoning',
      ({ part }) => this.omitted.push({ part: part!, reason: 'unfinished' }),
    );
    if (isRequest) addOpening(sides, 'assistant', { text: OPENING });
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

  private addSystem(parts: Part[], isLeading: boolean): void {
    for (const part of parts) {
      const text = part.kind === 'text' ? part.text : '';
      if (isBlank(text)) this.omit(part);
      else if (isLeading) this.system.push({ text });
      else addSide(this.sides, 'user', [{ block: { text: systemText(text) }, part }]);
    }
  }

  private blocks(parts: Part[], role: Turn['role']): Block[] {
    const ids = this.ids.forCalls(role === 'assistant' ? parts.filter(isToolCall) : []);
    let called = 0;
    const pairs = serverPairs(parts.filter(isOwnServerPart));
    const blocks = parts.flatMap((part): Block[] => {
      const block =
        isToolCall(part) && role === 'assistant'
          ? toolUse(part, ids[called++]!)
          : this.block(part, role, pairs);
      return block ? [{ block, part }] : [];
    });
    const isWordless = blocks.some(isDocument) && !blocks.some(({ block }) => 'text' in block);
    return isWordless ? [...blocks, { block: { text: DOCUMENT_NOTE }, part: null }] : blocks;
  }

  /** Names of documents are used once in a request. */
  private media(part: MediaPart): RawObject | null {
    const block = mediaBlock(part);
    const document = block && objectIn(block, 'document');
    if (!document || !isText(document['name'])) return block;
    const name = this.documentNames.unique(document['name']);
    return { ...block, document: { ...document, name } };
  }

  private block(
    part: Part,
    role: Turn['role'],
    pairs: ReadonlySet<Part> = new Set(),
  ): RawObject | null {
    if (isOwnServerPart(part) && role === 'assistant') {
      if (pairs.has(part)) return part.original;
      this.omitted.push({ part, reason: 'unfinished' });
      return null;
    }
    if (part.kind === 'reasoning' && role === 'assistant' && isSigned(part))
      return reasoningBlock(part);
    const media = isMedia(part) && role !== 'assistant' ? this.media(part) : null;
    if (media) return media;
    const text = namedText(part, this.omitted);
    if (text !== null && !isBlank(text)) return storedBlock(part, role) ?? { text };
    this.omit(part);
    return null;
  }

  private addResults(results: ToolResultPart[]): void {
    const ids = this.ids.forResults(results);
    const blocks = results.map((part, i): Block => {
      const content = part.output.flatMap((nested) => this.block(nested, 'tool') ?? []);
      const status = part.isError ? { status: 'error' } : {};
      return { block: { toolResult: { toolUseId: ids[i], content, ...status } }, part };
    });
    addSide(this.sides, 'user', blocks);
  }

  private omit(part: Part): void {
    this.omitted.push({ part, reason: omissionReason(part) });
  }
}

const toolUse = (
  part: Part & { kind: 'tool-call' | 'server-tool-call' },
  id: string,
): RawObject => ({
  toolUse: { toolUseId: id, name: legalToolName(part.name), input: inputObject(part.input) },
});
