// Settings of MCP servers: allowed commands and variables, checks, and their tools within turns.
import { z } from 'zod';
import { count, seconds } from './setting-kinds.js';

/** The commands that the operator allows. */
export interface CommandList {
  /**
   * Listed without arguments. They may have any arguments, but start only the service's own
   * servers.
   */
  readonly names: ReadonlySet<string>;
  /** Listed with all arguments: the JSON text of each list of words, compared exactly. */
  readonly exact: ReadonlySet<string>;
}

export interface McpSettings {
  /** In seconds. */
  readonly checkTimeout: number;
  readonly commands: CommandList;
  /** Environment variables that a command may get, besides those whose form is allowed. */
  readonly variables: ReadonlySet<string>;
  /** In seconds, of one call of a tool. */
  readonly callTimeout: number;
  /** Rounds of tools in a turn. */
  readonly turnRounds: number;
  /** In seconds, from the first look at the tools until no more are called in a turn. */
  readonly turnTimeout: number;
  /** Turns of this process that are connected to MCP servers at a time. */
  readonly turnConcurrency: number;
}

const COMMAND = /^(?:\/[^,\s]+|[A-Za-z0-9_][A-Za-z0-9._+-]*)$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const COMMANDS_MESSAGE =
  'must be absolute paths or names of commands with commas between, or a JSON list in which a command with its arguments is a list of texts';

const exactCommand = z.tuple([z.string().regex(COMMAND)], z.string());
const jsonCommands = z.array(z.union([z.string().regex(COMMAND), exactCommand]));

/**
 * Reads `npx,/usr/bin/uvx`, or `["uvx",["npx","-y","@example/server@1.2.3"]]`.
 * @returns null for any other form
 */
function commandList(text: string): CommandList | null {
  const given = text.trim().startsWith('[')
    ? parsedJson(text)
    : text.split(',').map((word) => word.trim());
  const read = jsonCommands.safeParse(given);
  if (!read.success) return null;
  const names = new Set(read.data.filter((entry) => typeof entry === 'string'));
  const exact = new Set(
    read.data.filter((entry) => Array.isArray(entry)).map((words) => JSON.stringify(words)),
  );
  return Object.freeze({ names, exact });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const commands = z
  .string()
  .optional()
  .transform((text, context): CommandList => {
    const list =
      text === undefined
        ? Object.freeze({ names: new Set<string>(), exact: new Set<string>() })
        : commandList(text);
    if (!list) context.addIssue(COMMANDS_MESSAGE);
    return list ?? z.NEVER;
  });

const variables = z
  .string()
  .optional()
  .transform((text) => (text === undefined ? [] : text.split(',').map((word) => word.trim())))
  .pipe(z.array(z.string().regex(VARIABLE, 'must be names of variables with commas between')))
  .transform((names): ReadonlySet<string> => new Set(names));

export const mcpSettings = {
  MCP_CHECK_TIMEOUT: seconds(10),
  MCP_STDIO_COMMANDS: commands,
  MCP_STDIO_VARIABLES: variables,
  MCP_CALL_TIMEOUT: seconds(60),
  MCP_TURN_ROUNDS: count(10, 100),
  MCP_TURN_TIMEOUT: seconds(600),
  MCP_TURN_CONCURRENCY: count(32, 1_000),
};

type McpEnvironment = z.infer<z.ZodObject<typeof mcpSettings>>;

export const mcpSettingsOf = ({
  MCP_CHECK_TIMEOUT,
  MCP_STDIO_COMMANDS,
  MCP_STDIO_VARIABLES,
  MCP_CALL_TIMEOUT,
  MCP_TURN_ROUNDS,
  MCP_TURN_TIMEOUT,
  MCP_TURN_CONCURRENCY,
}: McpEnvironment): McpSettings =>
  Object.freeze({
    checkTimeout: MCP_CHECK_TIMEOUT,
    commands: MCP_STDIO_COMMANDS,
    variables: MCP_STDIO_VARIABLES,
    callTimeout: MCP_CALL_TIMEOUT,
    turnRounds: MCP_TURN_ROUNDS,
    turnTimeout: MCP_TURN_TIMEOUT,
    turnConcurrency: MCP_TURN_CONCURRENCY,
  });
