// Opens connections to MCP servers: commands in the sandbox, and URLs through the egress rules.
import { Injectable } from '@nestjs/common';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Config } from '../../platform/config/config.js';
import { Egress, EgressRules } from '../../platform/egress/index.js';
import { CommandRules } from './command-rules.js';
import { type Isolation } from './isolation.js';
import type { McpConnection } from './mcp-connection.js';
import { type McpServer } from './mcp-server.js';
import { Sandbox } from './sandbox.js';

export interface McpLimits {
  /** Milliseconds for one answer over HTTP. */
  timeoutMs: number;
  /** Bytes of one answer. */
  maxAnswerBytes: number;
  /** Bytes of all that a command writes. */
  maxBytes: number;
  maxMessages: number;
  /** Processor time of each process of a command. */
  cpuSeconds: number;
}

/** Makes a transport. `fail` ends its connection. */
type OpenTransport = (fail: (error: Error) => void) => Transport;

@Injectable()
export class McpConnector {
  private readonly commands: CommandRules;
  private readonly sandbox: Sandbox;

  constructor(
    config: Config,
    private readonly rules: EgressRules,
    private readonly egress: Egress,
  ) {
    this.commands = new CommandRules(config);
    this.sandbox = new Sandbox(config);
  }

  /** How commands are isolated here. */
  isolation(): Promise<Isolation> {
    return this.sandbox.isolation();
  }

  /** @throws McpFault when the operator does not allow the command */
  check(server: McpServer, isService: boolean): void {
    if (server.transport === 'stdio') this.commands.check(server, isService);
  }

  /**
   * Makes a connection, which `start` opens. Whoever has it closes it. Loads the SDK the first time.
   * @param isService whether the server belongs to the service
   * @param stop ends the connection
   * @throws McpFault when the operator does not allow the command, or a header cannot be sent;
   * EgressError when the URL may not be connected to
   */
  async connection(
    server: McpServer,
    isService: boolean,
    limits: McpLimits,
    stop: AbortSignal,
  ): Promise<McpConnection> {
    this.check(server, isService);
    const { McpConnection } = await import('./mcp-connection.js');
    return new McpConnection(await this.transport(server, limits), limits.maxMessages, stop);
  }

  private async transport(server: McpServer, limits: McpLimits): Promise<OpenTransport> {
    if (server.transport === 'stdio') {
      const { ChildTransport } = await import('./child-transport.js');
      return (fail) => new ChildTransport(server, this.sandbox, limits, fail);
    }
    const { remoteTransport } = await import('./remote-transport.js');
    const url = this.rules.checkUrl(server.url);
    const { timeoutMs: timeout, maxAnswerBytes: maxBytes } = limits;
    return (fail) => remoteTransport(url, server, this.egress, { timeout, maxBytes }, fail);
  }
}
