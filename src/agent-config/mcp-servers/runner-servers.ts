// Selects the MCP servers that a runner gets. It is decided for each answer, by the current rules
// of operator and service.
import { Injectable } from '@nestjs/common';
import { EgressError, EgressRules } from '../../platform/egress/index.js';
import { CommandRules } from '../mcp/command-rules.js';
import type { McpServerRow } from './mcp-server-row.js';

export const OMISSION_REASONS = [
  'command_not_allowed',
  'variable_not_allowed',
  'url_not_allowed',
  'name_of_service',
] as const;

/** A user's server that was left out. */
export interface OmittedServer {
  name: string;
  reason: (typeof OMISSION_REASONS)[number];
}

type OwnedMcpServer = McpServerRow & { owner: 'user' | 'service' };

/** Runners and models confuse names that differ only in capitals or in `.`, `-` and `_`. */
const comparableName = (name: string): string => name.toLowerCase().replace(/[._-]/g, '_');

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

@Injectable()
export class RunnerServers {
  constructor(
    private readonly commands: CommandRules,
    private readonly rules: EgressRules,
  ) {}

  /**
   * Selects the enabled servers, one for each name. A user's server may replace the service's
   * servers of its name only when all of those are `overridable`; they reserve the name also when
   * they are disabled.
   * @param all of servers with one name and owner, the one that applies comes last
   */
  select<T extends OwnedMcpServer>(all: readonly T[]): { servers: T[]; omitted: OmittedServer[] } {
    const ofService = all.filter(({ owner }) => owner === 'service');
    const reserved = new Set(
      ofService.filter(({ overridable }) => !overridable).map(({ name }) => comparableName(name)),
    );
    const own = mostSpecific(all.filter(({ owner }) => owner === 'user')).map((server) => ({
      server,
      reason: this.refusal(server, reserved),
    }));
    const selected = own.filter(({ reason }) => reason === null).map(({ server }) => server);
    const taken = new Set(selected.map(({ name }) => comparableName(name)));
    const omitted = own.flatMap(({ server: { name }, reason }) =>
      reason === null ? [] : [{ name, reason }],
    );
    return {
      servers: [
        ...mostSpecific(ofService).filter(({ name }) => !taken.has(comparableName(name))),
        ...selected,
      ].sort(byName),
      omitted: omitted.sort(byName),
    };
  }

  private refusal(
    server: OwnedMcpServer,
    reserved: ReadonlySet<string>,
  ): OmittedServer['reason'] | null {
    const { command, args, url, secretNames, name } = server;
    if (command !== null && !this.commands.allows({ command, args }, false))
      return 'command_not_allowed';
    const env = Object.fromEntries((secretNames.env ?? []).map((variable) => [variable, '']));
    if (command !== null && this.commands.environmentFault(env, false))
      return 'variable_not_allowed';
    if (url !== null && !this.mayConnect(url)) return 'url_not_allowed';
    return reserved.has(comparableName(name)) ? 'name_of_service' : null;
  }

  private mayConnect(url: string): boolean {
    try {
      this.rules.checkUrl(url);
      return true;
    } catch (error) {
      if (error instanceof EgressError) return false;
      throw error;
    }
  }
}

/** Returns the last enabled server of each name. */
const mostSpecific = <T extends OwnedMcpServer>(servers: T[]): T[] => [
  ...new Map(
    servers.filter(({ enabled }) => enabled).map((server) => [server.name, server]),
  ).values(),
];
