// The port to model providers: what a call of a model takes, and what comes back of it.
import type { LanguageModelV3Prompt, SharedV3ProviderMetadata } from '@ai-sdk/provider';

/**
 * The messages of a call, in the AI SDK's provider form. `promptOf` makes them from a context of
 * the format `ai-sdk`; the messages of a tool round can be added to them as they are. A file by URL
 * is passed on to the provider, and never fetched by this service.
 */
export type ModelPrompt = LanguageModelV3Prompt;

/**
 * What a provider says of a part, such as the signature of reasoning, by the provider's name. It
 * must be stored with the part: without it, some providers refuse the part in the next call.
 */
export type ProviderMetadata = SharedV3ProviderMetadata;

/** An object, so that no name alone is ever taken for a model of some gateway. */
export interface ModelRef {
  /** Name of a configured provider. */
  provider: string;
  /** The provider's name of the model, passed on as it is. */
  name: string;
}

export interface ModelTool {
  name: string;
  description?: string;
  /** JSON Schema of the input. An object with any fields, when it is left out. */
  parameters?: Record<string, unknown>;
  /** Whether the model must keep to the schema, where the provider can promise it. */
  strict?: boolean;
}

export type ModelToolChoice = 'auto' | 'none' | 'required' | { name: string };

/** How a call waits for a place at its provider. */
export interface CallWait {
  /** Foreground work, for which somebody waits, goes first. */
  order: 'foreground' | 'background';
  /** Owners take turns. An id of the user. */
  owner: string;
  /** Milliseconds; null for as long as it takes. Absent: `MODEL_MAX_QUEUE_WAIT_MS`. */
  maxWaitMs?: number | null;
}

export interface ModelCall {
  model: ModelRef;
  messages: ModelPrompt;
  tools?: readonly ModelTool[];
  toolChoice?: ModelToolChoice;
  /**
   * Parameters of an agent configuration: `temperature`, `topP`, `topK`, `maxOutputTokens`, `stop`,
   * `seed`, `presencePenalty`, `frequencyPenalty`, `reasoningEffort`, `verbosity`,
   * `parallelToolCalls`, `thinkingBudgetTokens` and `responseFormat`, an object as OpenAI's
   * `response_format` of chat completions. The fields of `extra` are sent to an
   * OpenAI-compatible provider as they are, and to others as options of the AI SDK.
   */
  parameters?: Readonly<Record<string, unknown>>;
  /** A key of the user's own. Without it, the operator's key is used. */
  apiKey?: string;
  /** Without it, the call is foreground work of nobody. */
  wait?: CallWait;
  /** Its abort ends the call, also while it waits to try again, and closes the connection. */
  signal: AbortSignal;
}

/** Tokens of a call. A number that the provider does not tell is null, and not 0. */
export interface ModelUsage {
  /** All tokens of the request, cached ones included. */
  inputTokens: number | null;
  cachedInputTokens: number | null;
  cacheWriteTokens: number | null;
  /** All tokens of the answer, reasoning included. */
  outputTokens: number | null;
  reasoningTokens: number | null;
  /** The provider's own object, with what is not known here; null without one. */
  raw: Record<string, unknown> | null;
}

export const FINISH_REASONS = [
  'stop',
  'length',
  'content-filter',
  'tool-calls',
  'error',
  'other',
] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

interface OfPart {
  /** Id of the part within this answer. Parts may overlap: a delta belongs to the part it names. */
  id: string;
  providerMetadata?: ProviderMetadata;
}

/**
 * What happens in a call, in order. Texts of deltas are well-formed: no character is split over two
 * deltas, and U+0000 and lone surrogates are U+FFFD. A delta may be empty when it has metadata.
 * `finish` is the last event; a stream that ends without it has thrown a `ModelCallError`.
 */
export type ModelEvent =
  /** Given once and first, when the model begins to answer. No later failure is tried again. */
  | {
      type: 'started';
      /** The provider's id of the request, for its support. */
      requestId: string | null;
      /** The provider's name of the model that answers. */
      model: string | null;
    }
  | ({ type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end' } & OfPart)
  | ({ type: 'text-delta' | 'reasoning-delta'; delta: string } & OfPart)
  /** The part has the id of the tool call. */
  | ({ type: 'tool-input-start'; toolName: string } & OfPart)
  | ({ type: 'tool-input-delta'; delta: string } & OfPart)
  | ({ type: 'tool-input-end' } & OfPart)
  | {
      type: 'tool-call';
      toolCallId: string;
      toolName: string;
      /** The JSON text of the arguments, as the model wrote it; `{}` when it wrote none. */
      input: string;
      /** False when the text is not the JSON of an object. Such a call must not be run. */
      isValid: boolean;
      providerMetadata?: ProviderMetadata;
    }
  /** A file that the model made; `data` is base64. */
  | { type: 'file'; mediaType: string; data: string; providerMetadata?: ProviderMetadata }
  | {
      type: 'source';
      id: string;
      url: string | null;
      title: string | null;
      providerMetadata?: ProviderMetadata;
    }
  | {
      type: 'finish';
      reason: FinishReason;
      /** The provider's own word for the reason. */
      rawReason: string | null;
      usage: ModelUsage;
      /** US dollars by the configured prices; null without a price or without usage. */
      costUsd: number | null;
      providerMetadata?: ProviderMetadata;
    };

/**
 * Calls models. Inject it by class. It knows nothing of users: the caller checks the quota, and
 * opens the user's key.
 */
export abstract class ModelCalls {
  /** The names of the configured providers, sorted. Empty: no model can be called. */
  abstract readonly providers: readonly string[];

  /**
   * Calls a model. Nothing is sent before the first event is asked for. A loop that is left early
   * closes the connection. Failures before the first event are tried again, within the limits.
   * @throws ModelCallError, and nothing else, from the iterator; `model.aborted` after an abort
   */
  abstract stream(call: ModelCall): AsyncIterable<ModelEvent>;
}
