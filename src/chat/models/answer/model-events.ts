// Turns the parts of a provider's stream into the events of the port.
import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { ModelPrice } from '../../../platform/config/model-settings.js';
import type { ModelEvent, ProviderMetadata } from '../model-call.js';
import { storableText } from '../../../platform/input/index.js';
import { DeltaTexts } from './delta-text.js';
import { costOf, usageOf } from './usage.js';

type Part<T extends LanguageModelV3StreamPart['type']> = Extract<
  LanguageModelV3StreamPart,
  { type: T }
>;
type DeltaPart = Part<'text-delta' | 'reasoning-delta' | 'tool-input-delta'>;
type EndPart = Part<'text-end' | 'reasoning-end' | 'tool-input-end'>;

const DELTA_OF_END = {
  'text-end': 'text-delta',
  'reasoning-end': 'reasoning-delta',
  'tool-input-end': 'tool-input-delta',
} as const;

/** Makes the events of one answer. It keeps what is held back between two deltas. */
export class ModelEvents {
  private readonly texts = new DeltaTexts();

  constructor(private readonly price: ModelPrice | undefined) {}

  /** Returns no event for a part that says nothing of the answer. */
  of(part: LanguageModelV3StreamPart): ModelEvent[] {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'tool-input-delta':
        return this.delta(part);
      case 'text-end':
      case 'reasoning-end':
      case 'tool-input-end':
        return this.end(part);
      case 'text-start':
      case 'reasoning-start':
        return [{ type: part.type, id: part.id, ...metadataOf(part) }];
      case 'tool-input-start':
        return [toolInputStart(part)];
      case 'tool-call':
        return [toolCall(part)];
      case 'file':
        return [file(part)];
      case 'source':
        return [source(part)];
      case 'finish':
        return [this.finish(part)];
      case 'stream-start':
      case 'response-metadata':
      case 'raw':
      case 'error':
      // Only a provider's own tools have these, and no call offers any.
      case 'tool-result':
      case 'tool-approval-request':
        return [];
    }
  }

  /** A delta with metadata and no text is given: it may carry a signature. */
  private delta(part: DeltaPart): ModelEvent[] {
    const delta = this.texts.take(keyOf(part), part.delta);
    const metadata = metadataOf(part);
    if (delta === '' && metadata.providerMetadata === undefined) return [];
    return [{ type: part.type, id: part.id, delta, ...metadata }];
  }

  private end(part: EndPart): ModelEvent[] {
    const type = DELTA_OF_END[part.type];
    const delta = this.texts.end(keyOf({ type, id: part.id }));
    const end: ModelEvent = { type: part.type, id: part.id, ...metadataOf(part) };
    return delta === '' ? [end] : [{ type, id: part.id, delta }, end];
  }

  private finish({ finishReason, usage, ...part }: Part<'finish'>): ModelEvent {
    const used = usageOf(usage);
    return {
      type: 'finish',
      reason: finishReason.unified,
      rawReason: finishReason.raw ?? null,
      usage: used,
      costUsd: costOf(used, this.price),
      ...metadataOf(part),
    };
  }
}

/** Ids are unique within a kind of parts only. */
const keyOf = ({ type, id }: { type: string; id: string }): string => `${type} ${id}`;

const metadataOf = ({
  providerMetadata,
}: {
  providerMetadata?: ProviderMetadata;
}): { providerMetadata?: ProviderMetadata } =>
  providerMetadata === undefined ? {} : { providerMetadata };

const toolInputStart = (part: Part<'tool-input-start'>): ModelEvent => ({
  type: 'tool-input-start',
  id: part.id,
  toolName: storableText(part.toolName),
  ...metadataOf(part),
});

function toolCall(part: Part<'tool-call'>): ModelEvent {
  const input = part.input.trim() === '' ? '{}' : storableText(part.input);
  return {
    type: 'tool-call',
    // The application has to send it back.
    toolCallId: storableText(part.toolCallId),
    toolName: storableText(part.toolName),
    input,
    isValid: isJsonObject(input),
    ...metadataOf(part),
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const file = ({ mediaType, data, ...part }: Part<'file'>): ModelEvent => ({
  type: 'file',
  mediaType,
  data: typeof data === 'string' ? data : Buffer.from(data).toString('base64'),
  ...metadataOf(part),
});

const source = (part: Part<'source'>): ModelEvent => ({
  type: 'source',
  id: part.id,
  url: part.sourceType === 'url' ? storableText(part.url) : null,
  title: part.title === undefined ? null : storableText(part.title),
  ...metadataOf(part),
});
