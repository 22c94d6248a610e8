// Decides which commands may be started or passed to a runner. Saving, checking and selecting MCP
// servers use the same rule.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { argumentsFault, environmentFault } from './child-environment.js';
import { McpFault } from './mcp-fault.js';
import { type StdioServer } from './mcp-server.js';

@Injectable()
export class CommandRules {
  private readonly settings: Config['mcp'];

  constructor(config: Config) {
    this.settings = config.mcp;
  }

  /**
   * A user's command must be on the operator's list with exactly these arguments. The service's own
   * may have any arguments when the list has the command without any.
   */
  allows({ command, args }: Pick<StdioServer, 'command' | 'args'>, isService: boolean): boolean {
    const { names, exact } = this.settings.commands;
    return exact.has(JSON.stringify([command, ...args])) || (isService && names.has(command));
  }

  /** Returns what is wrong with the environment of a command, or null. */
  environmentFault(env: Record<string, string>, isService: boolean): McpFault | null {
    return environmentFault(env, { allowed: this.settings.variables, isService });
  }

  /** @throws McpFault when the command may not be started */
  check(server: StdioServer, isService: boolean): void {
    if (!this.allows(server, isService))
      throw new McpFault('not_allowed', 'The operator does not allow this command.');
    const fault = argumentsFault(server.args) ?? this.environmentFault(server.env, isService);
    if (fault) throw fault;
  }
}
