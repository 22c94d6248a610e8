import { getDefaultEnvironment } from '@modelcontextprotocol/sdk/client/stdio.js';
import { McpFault } from './mcp-fault.js';
import { type StdioServer } from './mcp-server.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** With these, an allowed command would be or run another one. */
const CHANGES_THE_COMMAND = /^(?:PATH|ENV|BASH_ENV|LD_.*|DYLD_.*|GCONV_PATH|NODE_OPTIONS|NODE_PATH|PYTHON(?:HOME|PATH|STARTUP)|PERL5(?:LIB|OPT)|RUBY(?:LIB|OPT)|(?:_?JAVA|JDK_JAVA).*OPTIONS)$/i;

const holdsNul = (texts: string[]): boolean => texts.some((text) => text.includes('\0'));

/** What is wrong with the environment of a command, or null. */
export function environmentFault(env: Record<string, string>): string | null {
  if (Object.keys(env).some((name) => CHANGES_THE_COMMAND.test(name))) return CHANGED;
  return Object.keys(env).every((name) => NAME.test(name)) && !holdsNul(Object.values(env)) ? null : 'A variable of the environment cannot be passed to a command.';
}

const CHANGED = 'A variable of the environment would change what the command runs.';

/**
 * Whether a command may be started at all.
 * @param commands the operator's, compared exactly
 * @throws McpFault
 */
export function checkCommand({ command, args, env }: StdioServer, commands: ReadonlySet<string>, mayStart: boolean): void {
  if (!mayStart) throw new McpFault('not_allowed', 'This credential may not have commands started.');
  if (!commands.has(command)) throw new McpFault('not_allowed', 'The operator does not allow this command.');
  if (Object.keys(env).some((name) => CHANGES_THE_COMMAND.test(name))) throw new McpFault('not_allowed', CHANGED);
  const fault = holdsNul(args) ? 'An argument cannot be passed to a command.' : environmentFault(env);
  if (fault !== null) throw new McpFault('invalid', fault);
}

/** What a child gets: where commands and its home are, and what was configured. Nothing of ours. */
export function childEnvironment(env: Record<string, string>): Record<string, string> {
  const { PATH, HOME } = getDefaultEnvironment();
  return { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }), ...env };
}
