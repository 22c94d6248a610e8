// Configurations, their versions, and the moves of their aliases: of the user of the scope, or of the service. A user reads also what the service shares.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../platform/list/index.js';
import { Quotas } from '../platform/quotas/index.js';
import {
  agentConfigList,
  serviceAgentConfigList,
  sharedAgentConfigList,
} from './agent-config.list.js';
import type { ConfigRow, MoveRow, SavedVersion } from './agent-config-row.js';
import { AGENT_CONFIG_STATEMENTS, SHARE } from './agent-config-statements.js';
import type { ListedAgentConfigDto } from './dto/agent-config.dto.js';

/** A content as it is stored. */
export interface StoredVersion {
  name: string;
  description: string | null;
  tags: string[];
  content: string;
  digest: string;
  author: string;
  message: string | null;
}

/** A version, or a move of an alias. */
const ONE = { configVersions: 1 };

const valuesOf = ({
  name,
  description,
  tags,
  content,
  digest,
  author,
  message,
}: StoredVersion): unknown[] => [name, description, tags, content, digest, author, message];

@Injectable()
export class AgentConfigsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly lists: Lists,
    private readonly quotas: Quotas,
  ) {}

  list(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(
      this.contexts.scope().kind === 'user' ? agentConfigList : serviceAgentConfigList,
      query,
    );
  }

  /** What the service shares with the user. */
  listShared(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(sharedAgentConfigList, query, [
      { name: 'shared', text: () => 'shared' },
    ]);
  }

  /** Newest first, those before `before`. */
  versions(id: string, before: number, limit: number): Promise<SavedVersion[]> {
    return this.database.read(this.statements.versions, () => [this.owner, id, before, limit]);
  }

  /** The newest version, or that one; null when there is no such configuration, or version of it. */
  async find(id: string, version: number | null = null): Promise<ConfigRow | null> {
    return (
      (await this.database.read(this.statements.find, () => [this.owner, id, version]))[0] ?? null
    );
  }

  /** Null where there is no such configuration. */
  async ownerOf(id: string): Promise<ConfigRow['owner'] | null> {
    return (
      (await this.database.read(this.statements.ownerOf, () => [this.owner, id]))[0]?.owner ?? null
    );
  }

  async create(id: string, version: StoredVersion): Promise<void> {
    await this.quotas.within(ONE, () =>
      this.database.write(this.statements.create, () => [this.owner, id, ...valuesOf(version)]),
    );
  }

  /** @returns the number of the new version, or null when `expected` is no longer the newest. */
  async save(id: string, version: StoredVersion, expected: number): Promise<number | null> {
    const save = () =>
      this.database.write(this.statements.save, () => [
        this.owner,
        id,
        ...valuesOf(version),
        expected,
      ]);
    return (await this.quotas.within(ONE, save))[0]?.version ?? null;
  }

  /** Within a transaction: until its end nobody begins to use it. */
  async hold(id: string): Promise<void> {
    await this.database.write(this.statements.hold, () => [this.owner, id]);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.write(this.statements.remove, () => [this.owner, id])).length > 0;
  }

  /** Within a transaction: until its end nobody else moves an alias of it. @returns the newest version, or null where there is no such configuration. */
  async lock(id: string): Promise<number | null> {
    return (
      (await this.database.write(this.statements.touch, () => [this.owner, id]))[0]?.version ?? null
    );
  }

  /** Where each alias points. */
  aliases(id: string): Promise<MoveRow[]> {
    return this.database.read(this.statements.aliases, () => [this.owner, id]);
  }

  /** Newest first. */
  moves(id: string, alias: string, limit: number): Promise<MoveRow[]> {
    return this.database.read(this.statements.moves, () => [this.owner, id, alias, limit]);
  }

  async move(id: string, alias: string, number: number): Promise<MoveRow | null> {
    return (
      (await this.database.read(this.statements.move, () => [this.owner, id, alias, number]))[0] ??
      null
    );
  }

  async addMove(
    id: string,
    { alias, number, targets, previous, author }: Omit<MoveRow, 'movedAt'>,
  ): Promise<void> {
    await this.quotas.within(ONE, () =>
      this.database.write(this.statements.addMove, () => [
        this.owner,
        id,
        alias,
        number,
        JSON.stringify(targets),
        previous,
        author,
      ]),
    );
  }

  async dropAlias(id: string, alias: string): Promise<boolean> {
    return (
      (await this.database.write(this.statements.dropAlias, () => [this.owner, id, alias])).length >
      0
    );
  }

  /** As the system. @returns false where there is no such configuration of the service. */
  async share(id: string, shared: boolean): Promise<boolean> {
    return (await this.database.write(SHARE, [id, shared])).length > 0;
  }

  private get statements() {
    return AGENT_CONFIG_STATEMENTS[this.contexts.scope().kind];
  }

  private get owner(): string {
    return this.contexts.owner;
  }
}
