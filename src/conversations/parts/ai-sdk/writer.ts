// Writes UIMessages of the AI SDK, which `useChat` shows and `convertToModelMessages` takes.
import { acceptedByRole, namedText } from '../accepting.js';
import {
  DEFAULT_MEDIA_TYPES,
  hasText,
  isBlank,
  mediaUrl,
  textForm,
  textFormTokens,
} from '../as-text.js';
import type { DialectWriter, Omission, Turn, Written } from '../dialect.js';
import { isObject } from '../fields.js';
import { documentTokens } from '../media-tokens.js';
import { imageTokens } from '../openai/image-tokens.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type MediaPart,
  type Part,
  type RawObject,
  type ToolResultPart,
} from '../part.js';
import { isServerPart, serverPairs } from '../server-pairs.js';
import { CallIds } from '../tool-names.js';
import { reasoningPart } from './reasoning.js';
import { answerOf, callPart } from './tool-states.js';
import { uiToolPart } from './tools.js';

export const aiSdkWriter: DialectWriter = {
  dialect: 'ai-sdk',
  openingTokens: 0,
  labelTokens: 0,

  accepts: (part, role) => {
    const byRole = acceptedByRole(part, role);
    if (byRole !== null) return byRole;
    if (part.kind === 'reasoning') return role === 'assistant' && reasoningPart(part) !== null;
    if (role === 'tool') return textForm(part) !== null;
    if (role === 'assistant' && ownMarker(part)) return true;
    return (isMedia(part) && filePart(part) !== null) || hasText(part);
  },

  extraTokens,

  write: (turns, { isRequest }) => {
    const writer = new UiWriter(isRequest);
    for (const turn of turns) writer.add(turn);
    return writer.end();
  },
};

function extraTokens(part: Part, role: Turn['role']): number {
  if (part.kind === 'tool-result')
    return part.output.reduce((sum, nested) => sum + textFormTokens(nested), 0);
  if (role === 'assistant' && ownMarker(part)) return 0;
  if (isMedia(part) && filePart(part))
    return part.kind === 'image' ? imageTokens(part) : documentTokens(part);
  return textFormTokens(part);
}

function filePart(part: MediaPart): RawObject | null {
  if (part.kind === 'file' && part.text !== null) return null;
  const mediaType = part.mediaType ?? DEFAULT_MEDIA_TYPES[part.kind];
  const url = mediaUrl(part, mediaType);
  if (url === null) return null;
  if (part.dialect === 'ai-sdk' && isUiFile(part.original)) return part.original;
  const name = part.name === null ? {} : { filename: part.name };
  return { type: 'file', mediaType, url, ...name };
}

const isUiFile = (original: RawObject | null): original is RawObject =>
  original?.['type'] === 'file' &&
  typeof original['url'] === 'string' &&
  typeof original['mediaType'] === 'string';

const MARKERS = new Set<unknown>(['step-start', 'source-url', 'source-document']);

/** Steps and sources of an answer are shown to a person, and a model is not told them. */
const ownMarker = ({ dialect, original }: Part): RawObject | null =>
  dialect === 'ai-sdk' && MARKERS.has(original?.['type']) ? original : null;

class UiWriter {
  private readonly messages: { id: string; role: Turn['role']; parts: RawObject[] }[] = [];
  private readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(64);
  /** The parts of open calls by their id, to which results are added. */
  private readonly calls = new Map<string, RawObject>();
  /** The parts from which reasoning and markers were written. */
  private readonly sources = new Map<RawObject, Part>();

  constructor(private readonly isRequest: boolean) {}

  add({ role, parts }: Turn): void {
    if (role === 'tool') this.addResults(parts.filter(isToolResult));
    else if (role === 'assistant') this.addAssistant(parts);
    else {
      const written = parts.flatMap((part) => this.part(part, role));
      if (written.length > 0) this.push(role, written);
    }
  }

  end(): Written {
    if (this.isRequest)
      for (const message of this.messages)
        if (message.role === 'assistant') message.parts = this.withoutEnd(message.parts);
    return {
      messages: this.messages.filter(({ parts }) => parts.length > 0),
      omitted: this.omitted,
    };
  }

  /** Removes reasoning and steps that nothing follows, which providers refuse. Sources may stay. */
  private withoutEnd(parts: RawObject[]): RawObject[] {
    const end = parts.findLastIndex((part) => !this.sources.has(part)) + 1;
    const kept = parts.slice(0, end);
    for (const written of parts.slice(end)) {
      const part = this.sources.get(written)!;
      if (part.kind === 'source' && end > 0) kept.push(written);
      else this.omitted.push({ part, reason: 'unfinished' });
    }
    return kept;
  }

  private addAssistant(parts: Part[]): void {
    const written = this.assistantParts(parts);
    const last = this.messages.at(-1);
    if (written.length === 0) return;
    if (last?.role !== 'assistant') return this.push('assistant', written);
    if (written[0]!['type'] !== 'step-start') last.parts.push({ type: 'step-start' });
    for (const part of written) last.parts.push(part);
  }

  private assistantParts(parts: Part[]): RawObject[] {
    const ids = this.ids.forCalls(parts.filter(isToolCall));
    const pairs = serverPairs(parts);
    const answered = new Set(
      parts.filter(({ kind }) => kind === 'server-tool-result').map(({ original }) => original),
    );
    let called = 0;
    return parts.flatMap((part): RawObject[] => {
      if (isServerPart(part)) {
        const own = part.dialect === 'ai-sdk' ? uiToolPart(part.original) : null;
        if (own && answered.has(own)) return part.kind === 'server-tool-call' ? [own] : [];
        if (part.kind === 'server-tool-call' && !pairs.has(part))
          return this.omit(part, 'unfinished');
      }
      return isToolCall(part) ? [this.call(part, ids[called++]!)] : this.part(part, 'assistant');
    });
  }

  private call(part: Parameters<typeof callPart>[0], id: string): RawObject {
    const call = callPart(part, id);
    this.calls.set(id, call);
    return call;
  }

  private addResults(results: ToolResultPart[]): void {
    const ids = this.ids.forResults(results);
    for (const [i, result] of results.entries()) {
      const id = ids[i]!;
      const call = this.calls.get(id);
      // A second result of the same call has no place.
      this.calls.delete(id);
      if (call) Object.assign(call, answerOf(result, this.omitted));
      else this.omit(result, 'not_accepted');
    }
  }

  private push(role: Turn['role'], parts: RawObject[]): void {
    this.messages.push({ id: `msg-${this.messages.length + 1}`, role, parts });
  }

  private part(part: Part, role: Turn['role']): RawObject[] {
    const untold = role === 'assistant' ? this.untoldPart(part) : null;
    if (untold) {
      // A copy, as one part may stand in two places.
      const written = { ...untold };
      this.sources.set(written, part);
      return [written];
    }
    const file = isMedia(part) && role !== 'system' ? filePart(part) : null;
    if (file) return [file];
    const text = role === 'system' && part.kind !== 'text' ? null : namedText(part, this.omitted);
    if (text !== null && !isBlank(text)) return [ownText(part) ?? { type: 'text', text }];
    if (part.kind === 'reasoning') return this.omit(part, 'unsigned');
    return this.omit(part, text === null ? 'not_accepted' : 'empty');
  }

  /**
   * Returns what stands in an answer, and is no part of what it says. A person is shown reasoning that
   * nobody signed, too.
   */
  private untoldPart(part: Part): RawObject | null {
    if (part.kind !== 'reasoning') return ownMarker(part);
    const isShown = !this.isRequest && !isBlank(part.text);
    return reasoningPart(part) ?? (isShown ? { type: 'reasoning', text: part.text } : null);
  }

  private omit(part: Part, reason: Omission['reason']): RawObject[] {
    this.omitted.push({ part, reason });
    return [];
  }
}

/** A text keeps its options, such as signatures of Google. */
function ownText({ kind, dialect, original }: Part): RawObject | null {
  if (kind !== 'text' || dialect !== 'ai-sdk' || original === null) return null;
  const { text, providerMetadata, providerOptions } = original;
  const options = providerMetadata ?? providerOptions;
  return { type: 'text', text, ...(isObject(options) ? { providerMetadata: options } : {}) };
}
