// Writes the reply of a turn as a chat completion: as a whole, or as chunks.
import { inputText } from '../../../conversations/parts/index.js';
import type { TurnDto } from '../../turns/dto/turn.dto.js';
import type { ReplyChange } from '../../turns/streams/reply-position.js';
import { HEART_BEAT, type StreamWriter } from '../../turns/streams/stream-formats.js';
import type {
  CompletionCallDto,
  CompletionDto,
  CompletionFinish,
  CompletionUsageDto,
} from './dto/completion.dto.js';
import type { CompletionForm } from './completion-request.js';

/** How a reply ended without being whole. */
export interface CompletionFailure {
  code: string;
  message: string;
}

const FINISHES: Readonly<Record<string, CompletionFinish>> = {
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
};

export class CompletionWriter implements StreamWriter<string> {
  readonly beat = HEART_BEAT;
  /** Set when the reply is not whole. */
  failure: CompletionFailure | null = null;
  private text = '';
  private reasoning = '';
  /** Calls that nobody has answered yet, by their ids. */
  private readonly called = new Map<string, CompletionCallDto>();
  private finish: CompletionFinish = 'stop';
  private usage: CompletionUsageDto | undefined;
  private hasBegun = false;

  /**
   * @param turn whose reply is written
   * @param usedBefore by earlier calls of the turn, which it counts, too
   */
  constructor(
    private readonly turn: TurnDto & { replyId: string; replySeq: number },
    private readonly form: CompletionForm,
    private readonly usedBefore: TurnDto['usage'],
  ) {}

  /** Gives the first chunk, once. Without a stream it is empty. */
  open(): string {
    if (this.hasBegun) return '';
    this.hasBegun = true;
    return this.chunk({ role: 'assistant', content: '', refusal: null });
  }

  /** Nothing is sent before the model answers, so that a refusal has a status of its own. */
  wait = (): string => '';
  begin = (): string => '';

  /** The replies of a turn for which the service runs tools are one for the client. */
  step = (): string => '';

  change(change: ReplyChange): string {
    if (change.kind === 'part') return this.part(change.value);
    const { text } = change;
    if (change.kind === 'text') this.text += text;
    else this.reasoning += text;
    const delta = change.kind === 'text' ? { content: text } : { reasoning_content: text };
    return this.open() + this.chunk(delta);
  }

  end(turn: TurnDto): string {
    const { state, error, finishReason, usage } = turn;
    // The turn went on with results of the client's tools.
    const isLater = firstReplyOf(turn) !== this.turn.replyId;
    const isWhole = isLater || state === 'completed' || state === 'waiting_for_tools';
    if (!isWhole) return this.fail(error ?? { code: `turn.${state}`, message: ENDED });
    const calls = [...this.called.values()];
    this.finish = calls.length > 0 ? 'tool_calls' : (FINISHES[finishReason ?? 'stop'] ?? 'stop');
    this.usage = isLater ? undefined : usageOf(usage, this.usedBefore);
    if (!this.form.isStream) return '';
    const told = calls.map((call, index) => this.chunk({ tool_calls: [{ index, ...call }] }));
    return this.open() + told.join('') + this.chunk({}, this.finish) + this.usageChunk() + DONE;
  }

  leave(reason: string): string {
    return this.fail({ code: 'turn.left', message: reason });
  }

  completion(): CompletionDto {
    const { text, reasoning } = this;
    const calls = [...this.called.values()];
    return {
      ...this.head('chat.completion'),
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: text === '' && calls.length > 0 ? null : text,
            refusal: null,
            ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
            ...(calls.length > 0 ? { tool_calls: calls } : {}),
          },
          logprobs: null,
          finish_reason: this.finish,
        },
      ],
      ...(this.usage ? { usage: this.usage } : {}),
      threadkeep: this.place,
    };
  }

  /** A call is told at the end: the service may answer it. Sources and files are stored only. */
  private part({ type, toolCallId, toolName, input }: Readonly<Record<string, unknown>>): string {
    const id = toolCallId as string;
    if (type === 'tool-result') this.called.delete(id);
    if (type !== 'tool-call') return '';
    const called = { name: toolName as string, arguments: inputText(input) };
    this.called.set(id, { id, type: 'function', function: called });
    return this.open();
  }

  private fail(failure: CompletionFailure): string {
    this.failure = failure;
    if (!this.form.isStream || !this.hasBegun) return '';
    const { code, message } = failure;
    return frame({ error: { message, type: 'server_error', code, param: null } });
  }

  private chunk(delta: object, finish: CompletionFinish | null = null): string {
    if (!this.form.isStream) return '';
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    const usage = this.form.includesUsage ? { usage: null } : {};
    const place = 'role' in delta ? { threadkeep: this.place } : {};
    return frame({ ...this.head('chat.completion.chunk'), choices, ...usage, ...place });
  }

  private usageChunk(): string {
    if (!this.form.includesUsage) return '';
    const usage = this.usage ?? null;
    return frame({ ...this.head('chat.completion.chunk'), choices: [], usage });
  }

  private head<K extends string>(object: K) {
    const { replyId, createdAt } = this.turn;
    const created = Math.floor(Date.parse(createdAt) / 1_000);
    return { id: `chatcmpl-${replyId}`, object, created, model: this.form.model };
  }

  private get place() {
    const { conversationId, id: turnId, replyId: messageId } = this.turn;
    return { conversationId, turnId, messageId };
  }
}

/** The reply with which the model began to answer the last message of the application. */
export const firstReplyOf = ({ rounds, replyId }: Pick<TurnDto, 'rounds' | 'replyId'>) =>
  rounds[0]?.replyId ?? replyId;

const ENDED = 'The turn was ended.';
const DONE = 'data: [DONE]\n\n';
const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** What one call of a turn used. Undefined when the provider does not tell. */
function usageOf(
  usage: TurnDto['usage'],
  before: TurnDto['usage'],
): CompletionUsageDto | undefined {
  if (usage === null || (usage.inputTokens === null && usage.outputTokens === null))
    return undefined;
  const since = (name: keyof typeof usage) =>
    Math.max(0, (usage[name] ?? 0) - (before?.[name] ?? 0));
  const [prompt, completion] = [since('inputTokens'), since('outputTokens')];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: since('cachedInputTokens') },
    completion_tokens_details: { reasoning_tokens: since('reasoningTokens') },
  };
}
