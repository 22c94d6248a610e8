import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { Egress, EgressRules } from '../../platform/egress/index.js';
import { FairSemaphore } from '../../platform/fairness/index.js';
import { CommandRules } from './command-rules.js';
import { ChildTransport } from './child-transport.js';
import { fetchTools } from './list-tools.js';
import { toMcpFault, McpFault } from './mcp-fault.js';
import { type McpCheck, type McpContents, type McpServer } from './mcp-server.js';
import { Sandbox } from './sandbox.js';
import { leaveSession, remoteTransport } from './remote-transport.js';

/**
 * At most two checks of one owner run at a time, so that a user's silent servers do not block
 * others.
 */
const MAX_CHECKS = { total: 8, perOwner: 2 };
/** Leaves room for what is read but not kept: annotations, output schemas. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
const SESSION_END_TIMEOUT_MS = 500;
const MAX_NAME_CHARACTERS = 200;
/** Messages read in one check. Parsing megabytes of small ones would keep the process busy. */
const MAX_MESSAGES = 1_000;
const MAX_STRAY_MESSAGES = 100;

/** Connects to an MCP server once, as an agent would, and reports the result. */
@Injectable()
export class McpChecker implements OnApplicationShutdown {
  private readonly checks = new FairSemaphore(MAX_CHECKS);
  private readonly closing = new AbortController();
  private readonly timeout: number;
  private readonly commands: CommandRules;
  private readonly sandbox: Sandbox;

  constructor(
    config: Config,
    private readonly rules: EgressRules,
    private readonly egress: Egress,
  ) {
    this.commands = new CommandRules(config);
    this.sandbox = new Sandbox(config);
    this.timeout = config.mcp.checkTimeout * 1000;
  }

  /**
   * Checks a server within MCP_CHECK_TIMEOUT, waiting included. Ending a command may take two
   * seconds more.
   * @param principal who asks; the operator must allow commands
   * @returns on failure a description of our own, which contains nothing of the server's
   *   configuration
   * @throws the reason of the signal when it is aborted, and nothing else
   */
  async check(
    server: McpServer,
    principal: { owner: string; isService: boolean },
    signal?: AbortSignal,
  ): Promise<McpCheck> {
    const started = performance.now();
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new McpFault('timeout', 'The server did not answer in time.')),
      this.timeout,
    );
    const stop = AbortSignal.any([late.signal, this.closing.signal, ...(signal ? [signal] : [])]);
    const ms = (): number => Math.round(performance.now() - started);
    try {
      if (server.transport === 'stdio') this.commands.check(server, principal.isService);
      const contents = await this.checks.run(
        principal.owner,
        () => this.contents(server, stop),
        stop,
      );
      return {
        ok: true,
        ...contents,
        ...(server.transport === 'stdio' ? { isolation: await this.sandbox.isolation() } : {}),
        ms: ms(),
      };
    } catch (error) {
      signal?.throwIfAborted();
      const { reason, detail } = toMcpFault(error);
      return { ok: false, reason, detail, ms: ms() };
    } finally {
      clearTimeout(timer);
    }
  }

  onApplicationShutdown(): void {
    this.closing.abort(new McpFault('timeout', 'The service is shutting down.'));
  }

  private async contents(server: McpServer, stop: AbortSignal): Promise<McpContents> {
    const failure = new AbortController();
    const signal = AbortSignal.any([stop, failure.signal]);
    const transport = this.open(server, (error) => failure.abort(error));
    const client = new Client({ name: 'threadkeep', version: '1' }, { capabilities: {} });
    try {
      return await orAborted(this.ask(client, transport), signal);
    } catch (error) {
      // After an abort the SDK reports its closed transport, which is only a consequence.
      throw signal.aborted ? signal.reason : error;
    } finally {
      if (!signal.aborted) await leaveSession(transport, SESSION_END_TIMEOUT_MS);
      await client.close();
      await transport.close();
    }
  }

  private open(server: McpServer, fail: (error: Error) => void): Transport {
    const transport = this.transportTo(server, fail);
    // The client calls these handlers before its own.
    transport.onmessage = atMost(MAX_MESSAGES, () =>
      fail(new McpFault('too_large', 'The server sends too many messages.')),
    );
    transport.onerror = atMost(MAX_STRAY_MESSAGES, () =>
      fail(
        new McpFault(
          'protocol',
          'The server sends messages that are not of the Model Context Protocol.',
        ),
      ),
    );
    return transport;
  }

  private transportTo(server: McpServer, fail: (error: Error) => void): Transport {
    if (server.transport === 'stdio')
      return new ChildTransport(server, this.sandbox, MAX_READ_BYTES, fail);
    return remoteTransport(
      this.rules.checkUrl(server.url),
      server,
      this.egress,
      { timeout: this.timeout, maxBytes: MAX_READ_BYTES },
      fail,
    );
  }

  private async ask(client: Client, transport: Transport): Promise<McpContents> {
    const version = negotiatedVersion(transport);
    await client.connect(transport, { timeout: this.timeout });
    const tools = await fetchTools(client, this.timeout);
    const { name, version: release } = client.getServerVersion()!;
    return {
      serverInfo: {
        name: name.slice(0, MAX_NAME_CHARACTERS),
        version: release.slice(0, MAX_NAME_CHARACTERS),
      },
      protocolVersion: version(),
      tools,
    };
  }
}

function atMost(times: number, otherwise: () => void): () => void {
  let left = times;
  return () => {
    if (--left < 0) otherwise();
  };
}

/** Captures the protocol version, which the client passes only to its transport. */
function negotiatedVersion(transport: Transport): () => string {
  let negotiated = '';
  const inform = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (version) => {
    negotiated = version;
    inform?.(version);
  };
  return () => negotiated;
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => reject(signal.reason as Error);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    }),
  ]);
}
