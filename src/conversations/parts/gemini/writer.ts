// Writes contents of the Gemini API: users and models alternate, and a user begins.
import { acceptsWith, namedText, omissionReason } from '../accepting.js';
import { type Block, type Side, addOpening, addSide } from '../alternating.js';
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
import { isObject, valueIn } from '../fields.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type Part,
  type RawObject,
  type ToolCallPart,
  type ToolResultPart,
} from '../part.js';
import { isServerPartOf, serverPairs } from '../server-pairs.js';
import { systemText } from '../system-text.js';
import { CallNames, legalToolName } from '../tool-names.js';
import { mediaPart, mediaTokens } from './media.js';

export const geminiWriter: DialectWriter = {
  dialect: 'gemini',
  openingTokens: OPENING_TOKENS,
  labelTokens: LABEL_TOKENS,

  accepts: acceptsWith({
    isSigned: (part) => isSigned(part),
    isOwnServerPart: (part) => isOwnServerPart(part),
    takesMedia: (part, role) => mediaIn(part, role) !== null,
  }),

  extraTokens,

  write: (turns, { isRequest }) => {
    const writer = new ContentsWriter();
    for (const turn of turns) writer.add(turn);
    return writer.end(isRequest);
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + extraTokens(nested, 'tool'), 0);
  if (isMedia(part) && mediaIn(part, role)) return mediaTokens(part);
  return textFormTokens(part);
}

const isSigned = (part: Part): boolean =>
  part.kind === 'reasoning' && part.signedBy === 'gemini' && !isBlank(part.text);

const isOwnServerPart = isServerPartOf('gemini');

/** Returns what is sent of media. A model gets back the images that it made, and no others. */
function mediaIn(part: Part, role: Turn['role']): RawObject | null {
  if (!isMedia(part)) return null;
  const isSent = role !== 'assistant' || (part.dialect === 'gemini' && part.original !== null);
  return isSent ? mediaPart(part) : null;
}

class ContentsWriter {
  private readonly system: RawObject[] = [];
  private readonly sides: Side<'user' | 'model' | 'function'>[] = [];
  private readonly omitted: Omission[] = [];
  private readonly names = new CallNames();
  private lastCalls: readonly ToolCallPart[] = [];

  add({ role, parts: given, isLeading }: Turn): void {
    const parts = this.names.named(given);
    if (role === 'assistant') this.lastCalls = parts.filter(isToolCall);
    if (role === 'system') this.addSystem(parts, isLeading);
    else if (role === 'tool') this.addResults(parts.filter(isToolResult));
    else addSide(this.sides, role === 'user' ? 'user' : 'model', this.blocks(parts, role));
  }

  end(isRequest: boolean): Written {
    const { sides, system, omitted } = this;
    if (isRequest) addOpening(sides, 'model', { text: OPENING });
    return {
      ...(system.length > 0 ? { system } : {}),
      messages: sides.map(({ role, blocks }) => ({
        role: role === 'function' ? 'user' : role,
        parts: blocks.map(({ block }) => block),
      })),
      omitted,
    };
  }

  private addSystem(parts: Part[], isLeading: boolean): void {
    for (const part of parts) {
      const text = part.kind === 'text' ? part.text : '';
      if (isBlank(text)) this.omitted.push({ part, reason: omissionReason(part) });
      else if (isLeading) this.system.push({ text });
      else addSide(this.sides, 'user', [{ block: { text: systemText(text) }, part }]);
    }
  }

  private blocks(parts: Part[], role: Turn['role']): Block[] {
    const pairs = serverPairs(parts.filter(isOwnServerPart));
    return parts.flatMap((part): Block[] => {
      const block =
        isToolCall(part) && role === 'assistant'
          ? functionCall(part)
          : this.block(part, role, pairs);
      return block ? [{ block, part }] : [];
    });
  }

  private block(part: Part, role: Turn['role'], pairs: ReadonlySet<Part>): RawObject | null {
    if (isOwnServerPart(part) && role === 'assistant') {
      if (pairs.has(part)) return part.original;
      this.omitted.push({ part, reason: 'unfinished' });
      return null;
    }
    if (part.kind === 'reasoning' && role === 'assistant' && isSigned(part))
      return part.dialect === 'gemini' && part.original
        ? part.original
        : { text: part.text, thought: true, thoughtSignature: part.signature };
    const media = mediaIn(part, role);
    if (media) return media;
    const text = namedText(part, this.omitted);
    if (text !== null && !isBlank(text))
      return part.dialect === 'gemini' && part.kind === 'text' && part.original
        ? part.original
        : { text };
    this.omitted.push({ part, reason: omissionReason(part) });
    return null;
  }

  /**
   * Answers come in a content of their own, as many and in the order of the calls. Media follows.
   */
  private addResults(results: ToolResultPart[]): void {
    const media: Block[] = [];
    const calls = results.length === this.lastCalls.length ? this.lastCalls : [];
    const answers = results.map((result, i): Block => {
      const name = result.name ?? calls[i]?.name ?? 'tool';
      const block = this.functionResponse(result, name, media);
      return { block, part: result };
    });
    addSide(this.sides, 'function', answers);
    addSide(this.sides, 'user', media);
  }

  private functionResponse(result: ToolResultPart, name: string, media: Block[]): RawObject {
    const texts: string[] = [];
    for (const part of result.output) {
      const own = isMedia(part) ? mediaPart(part) : null;
      const text = namedText(part, this.omitted);
      if (own) media.push({ block: own, part });
      else if (text !== null) texts.push(text);
      else this.omitted.push({ part, reason: 'not_accepted' });
    }
    const value = texts.join('\n');
    const response = result.isError ? { error: value } : { output: value };
    return {
      functionResponse: {
        name: functionName(name),
        response: storedResponse(result) ?? response,
      },
    };
  }
}

/** Returns the object that the application answered. Media is written beside it in any case. */
function storedResponse({ dialect, original }: ToolResultPart): RawObject | null {
  if (dialect !== 'gemini' || !original) return null;
  const stored = valueIn(original, 'functionResponse', 'function_response');
  const response = isObject(stored) ? stored['response'] : null;
  return isObject(response) ? response : null;
}

/** Names begin with a letter or an underscore. */
const functionName = (name: string): string => {
  const legal = legalToolName(name, 63);
  return /^[a-zA-Z_]/.test(legal) ? legal : `_${legal}`;
};

/** Keeps the signature with which a call was made: newer models want it back. */
function functionCall(part: Part & { kind: 'tool-call' | 'server-tool-call' }): RawObject {
  const signature =
    part.dialect === 'gemini' && part.original
      ? (part.original['thoughtSignature'] ?? part.original['thought_signature'])
      : undefined;
  return {
    functionCall: { name: functionName(part.name), args: inputObject(part.input) },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  };
}
