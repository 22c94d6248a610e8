// The content of a version, and how a request changes it.
import type { FieldError } from '../../platform/errors/index.js';
import type { UpdateAgentConfigDto } from '../dto/agent-config-body.dto.js';
import type {
  ContextPolicyDto,
  McpPolicyDto,
  MemoryPolicyDto,
  ModelDto,
  SystemPrompt,
  ToolDto,
} from '../dto/content.dto.js';
import type { Overridable } from '../overrides/overridable.js';
import { type Parameters, readParameters } from './parameters.js';

export interface Content {
  name: string;
  description: string | null;
  tags: string[];
  model: ModelDto | null;
  parameters: Parameters;
  systemPrompt: SystemPrompt | null;
  tools: ToolDto[];
  memory: Required<MemoryPolicyDto>;
  context: Required<ContextPolicyDto>;
  /**
   * Parts of a service's configuration that users may override. Absent for the default, as in
   * versions from before the field existed.
   */
  overridable?: Overridable;
  /** Absent for the default, as in versions from before the field existed. */
  mcp?: Required<McpPolicyDto>;
}

/** How a configuration uses its MCP servers. */
export const mcpPolicyOf = ({ mcp }: Pick<Content, 'mcp'>): Required<McpPolicyDto> =>
  mcp ?? { runBy: 'client' };

/** Joins the parts of the system prompt as paragraphs; empty without one. */
export const systemPromptText = ({ systemPrompt }: Pick<Content, 'systemPrompt'>): string =>
  typeof systemPrompt === 'string'
    ? systemPrompt
    : (systemPrompt ?? []).map(({ text }) => text).join('\n\n');

const EMPTY: Omit<Content, 'name'> = {
  description: null,
  tags: [],
  model: null,
  parameters: {},
  systemPrompt: null,
  tools: [],
  memory: { enabled: true, limit: 5, blocks: true, blocksAs: 'data' },
  context: { budgetTokens: null },
};

/**
 * Applies changes to a content. A part that is null gets its default, and so does a field of a
 * policy that is left out. `ContentChecks` decides whether the result is valid.
 */
export function contentOf(
  changes: Omit<UpdateAgentConfigDto, 'message'>,
  before: Content | null,
): Content {
  const { name, ...rest } = changes;
  const given = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, value ?? EMPTY[key as keyof typeof EMPTY]]),
  ) as Partial<Content>;
  return {
    ...EMPTY,
    ...before,
    ...given,
    // A configuration always has a name: null leaves it unchanged.
    ...(name ? { name } : {}),
    ...(given.memory ? { memory: { ...EMPTY.memory, ...given.memory } } : {}),
    ...(given.context ? { context: { ...EMPTY.context, ...given.context } } : {}),
    // The default is left out, so that it is the same content however it was asked for.
    ...(given.mcp && given.mcp.runBy !== 'server' ? { mcp: undefined } : {}),
  } as Content;
}

/** Checks the parameters, and moves those that the provider does not define to `extra`. */
export function faultyParameters(content: Content): FieldError[] {
  const read = readParameters(content.model?.provider ?? '', content.parameters);
  if ('faults' in read) return read.faults;
  content.parameters = read.parameters;
  return [];
}
