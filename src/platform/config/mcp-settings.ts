// Settings of MCP servers: allowed commands and variables, and the time of a check.
import { z } from 'zod';
import { seconds } from './setting-kinds.js';

/** The commands that the operator allows. */
export interface CommandList {
  /**
   * Listed without arguments. They may have any arguments, but run only in checks of the service's
   * own servers.
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
};

type McpEnvironment = z.infer<z.ZodObject<typeof mcpSettings>>;

export const mcpSettingsOf = ({
  MCP_CHECK_TIMEOUT,
  MCP_STDIO_COMMANDS,
  MCP_STDIO_VARIABLES,
}: McpEnvironment): McpSettings =>
  Object.freeze({
    checkTimeout: MCP_CHECK_TIMEOUT,
    commands: MCP_STDIO_COMMANDS,
    variables: MCP_STDIO_VARIABLES,
  });
