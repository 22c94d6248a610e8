// The tools of a run of a turn: those of the application, and those of MCP servers that the service
// runs.
import { Injectable } from '@nestjs/common';
import {
  McpToolSessions,
  type McpToolSession,
  type ServerTool,
} from '../../../agent-config/index.js';
import { isPlainObject } from '../../../platform/input/index.js';
import type { ModelTool } from '../../models/index.js';
import { namedTools } from './tool-names.js';

type RawObject = Readonly<Record<string, unknown>>;

/** Tools of one call, which some providers limit. */
const MAX_TOOLS = 128;
/** Calls of one reply that are run, and that run at a time. */
const MAX_CALLS = 32;
const MAX_PARALLEL_CALLS = 4;

/** A call that a model made, as it is stored. */
export interface StoredCall {
  toolCallId: string;
  toolName: string;
  input: unknown;
  /** Index in its reply. */
  part: number;
}

/** The calls of a reply, in its order. */
export const callsIn = (parts: readonly RawObject[]): StoredCall[] =>
  parts.flatMap(({ type, toolCallId, toolName, input }, part) =>
    type === 'tool-call'
      ? [{ toolCallId: String(toolCallId), toolName: String(toolName), input, part }]
      : [],
  );

/** Which tools a model is offered, and who runs them. */
export interface ToolChoice {
  /** Of the application. */
  tools: readonly ModelTool[];
  /** The configuration whose MCP servers the service uses; null for none. */
  servers: { id: string; owner: 'user' | 'service' } | null;
}

@Injectable()
export class TurnTools {
  constructor(private readonly sessions: McpToolSessions) {}

  /** @param signal ends all calls at once */
  begin(signal: AbortSignal): RunTools {
    return new RunTools(this.sessions, signal);
  }
}

/** The tools of one run. They stay the same in all of its rounds. */
export class RunTools {
  /** Set once a model was offered tools; null before, and when the application runs all. */
  ready: OfferedTools | null = null;
  private opened: Promise<OfferedTools | null> | undefined;
  private session: McpToolSession | null = null;

  constructor(
    private readonly sessions: McpToolSessions,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Returns null when the application runs all tools.
   * @param choose is called once
   * @throws what `choose` throws; the reason of the signal
   */
  async offered(choose: () => Promise<ToolChoice>): Promise<OfferedTools | null> {
    this.opened ??= choose().then((choice) => this.open(choice));
    this.ready = await this.opened;
    return this.ready;
  }

  /** Ends the connections, in the background. */
  close(): void {
    if (this.session) this.sessions.end(this.session);
  }

  private async open({ tools, servers }: ToolChoice): Promise<OfferedTools | null> {
    if (servers === null) return null;
    const session = await this.sessions.begin(servers, this.signal);
    this.session = session;
    const own = new Set(tools.map(({ name }) => name));
    const found = await session.tools();
    const named = [...namedTools(found, own)].slice(0, Math.max(0, MAX_TOOLS - own.size));
    return new OfferedTools(session, own, new Map(named), this.signal);
  }
}

export class OfferedTools {
  /** Tools of MCP servers, as a model sees them. */
  readonly ofServers: readonly ModelTool[];

  constructor(
    private readonly session: McpToolSession,
    private readonly own: ReadonlySet<string>,
    private readonly byName: ReadonlyMap<string, ServerTool>,
    private readonly signal: AbortSignal,
  ) {
    this.ofServers = [...byName].map(([name, { description, inputSchema }]) => ({
      name,
      ...(description === null ? {} : { description }),
      parameters: inputSchema,
    }));
  }

  /** No tool may be called any more. */
  get isOverdue(): boolean {
    return this.session.isOverdue;
  }

  /** A call of a tool that nobody has is answered here, too. */
  isOfService = ({ toolName }: StoredCall): boolean => !this.own.has(toolName);

  /**
   * Runs calls, a few at a time. What fails is a result, too.
   * @returns parts of a message with results, in the order of the calls
   * @throws the reason of the signal when it aborts
   */
  async run(replyId: string, calls: readonly StoredCall[]): Promise<Record<string, unknown>[]> {
    const results: Record<string, unknown>[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < calls.length; at = next++)
        results[at] = await this.result(replyId, calls[at]!, at);
    };
    await Promise.all(Array.from({ length: MAX_PARALLEL_CALLS }, work));
    return results;
  }

  private async result(
    replyId: string,
    call: StoredCall,
    at: number,
  ): Promise<Record<string, unknown>> {
    this.signal.throwIfAborted();
    const { toolName, input, part } = call;
    const tool = this.byName.get(toolName);
    if (at >= MAX_CALLS) return errorResult(call, `Not run: a reply may call ${MAX_CALLS} tools.`);
    if (!tool) return errorResult(call, 'There is no tool of this name.');
    if (!isPlainObject(input)) return errorResult(call, 'The input is not a JSON object.');
    const { server, name } = tool;
    const callId = `${replyId}.${part}`;
    const { text, isError } = await this.session.call({ server, name, input, callId });
    return isError ? errorResult(call, text === '' ? 'error' : text) : result(call, 'text', text);
  }
}

const result = (
  { toolCallId, toolName }: StoredCall,
  type: 'text' | 'error-text',
  value: string,
): Record<string, unknown> => ({
  type: 'tool-result',
  toolCallId,
  toolName,
  output: { type, value },
});

/** A result that tells the model what went wrong. */
export const errorResult = (call: StoredCall, value: string): Record<string, unknown> =>
  result(call, 'error-text', value);
