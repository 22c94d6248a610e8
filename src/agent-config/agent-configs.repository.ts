// Reads and writes agent configurations of the user of the scope, or of the service. Users can also
// read shared ones.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../platform/list/index.js';
import { Quotas } from '../platform/quotas/index.js';
import {
  agentConfigList,
  serviceAgentConfigList,
  sharedAgentConfigList,
} from './agent-config.list.js';
import type { ConfigRow, AliasRevision, SavedVersion } from './agent-config-row.js';
import { AGENT_CONFIG_STATEMENTS, SHARE } from './agent-config-statements.js';
import type { ListedAgentConfigDto } from './dto/agent-config.dto.js';

/** Content in the form in which it is stored. */
export interface StoredVersion {
  name: string;
  description: string | null;
  tags: string[];
  content: string;
  digest: string;
  author: string;
  message: string | null;
}

const LISTS = { user: agentConfigList, system: serviceAgentConfigList };

/** Quota that a version or an alias revision uses. */
const ONE_VERSION = { configVersions: 1 };

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
    private readonly lists: Lists,
    private readonly quotas: Quotas,
  ) {}

  list(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(this.database.byScope(LISTS), query);
  }

  /** Lists the configurations that the service shares with the user. */
  listShared(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(sharedAgentConfigList, query, [
      { name: 'shared', text: () => 'shared' },
    ]);
  }

  /** Lists versions lower than `before`, newest first. */
  versions(id: string, before: number, limit: number): Promise<SavedVersion[]> {
    return this.database.read(this.statements.versions, [id, before, limit]);
  }

  /**
   * Finds a version, by default the newest. Returns null when the configuration or the version does
   * not exist.
   */
  async find(id: string, version: number | null = null): Promise<ConfigRow | null> {
    return (await this.database.read(this.statements.find, [id, version]))[0] ?? null;
  }

  /** Returns null when the configuration does not exist. */
  async findOwner(id: string): Promise<ConfigRow['owner'] | null> {
    return (await this.database.read(this.statements.ownerOf, [id]))[0]?.owner ?? null;
  }

  async create(id: string, version: StoredVersion): Promise<void> {
    await this.quotas.within(ONE_VERSION, () =>
      this.database.write(this.statements.create, [id, ...valuesOf(version)]),
    );
  }

  /**
   * Adds a version.
   * @returns its number, or null when `expected` is no longer the newest
   */
  async save(id: string, version: StoredVersion, expected: number): Promise<number | null> {
    const save = () =>
      this.database.write(this.statements.save, [id, ...valuesOf(version), expected]);
    return (await this.quotas.within(ONE_VERSION, save))[0]?.version ?? null;
  }

  /**
   * Locks the configuration, so that no conversation starts to use it. Call it inside a
   * transaction.
   */
  async lockHead(id: string): Promise<void> {
    await this.database.write(this.statements.lockHead, [id]);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.write(this.statements.remove, [id])).length > 0;
  }

  /**
   * Locks the configuration for a new alias revision, and counts up its revision. Call it inside a
   * transaction.
   * @returns the number of the newest version, or null when the configuration does not exist
   */
  async lockForRevision(id: string): Promise<number | null> {
    return (await this.database.write(this.statements.countRevision, [id]))[0]?.version ?? null;
  }

  /** Returns the newest revision of each alias. */
  aliases(id: string): Promise<AliasRevision[]> {
    return this.database.read(this.statements.aliases, [id]);
  }

  /** Returns the revisions of an alias, newest first. */
  aliasRevisions(id: string, alias: string, limit: number): Promise<AliasRevision[]> {
    return this.database.read(this.statements.aliasRevisions, [id, alias, limit]);
  }

  async aliasRevision(id: string, alias: string, number: number): Promise<AliasRevision | null> {
    return (
      (await this.database.read(this.statements.aliasRevision, [id, alias, number]))[0] ?? null
    );
  }

  async addAliasRevision(
    id: string,
    { alias, number, targets, previous, author }: Omit<AliasRevision, 'movedAt'>,
  ): Promise<void> {
    await this.quotas.within(ONE_VERSION, () =>
      this.database.write(this.statements.addAliasRevision, [
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
    return (await this.database.write(this.statements.dropAlias, [id, alias])).length > 0;
  }

  /**
   * Sets whether a configuration of the service is shared. Call it as the system.
   * @returns false when it does not exist
   */
  async share(id: string, shared: boolean): Promise<boolean> {
    return (await this.database.write(SHARE, [id, shared])).length > 0;
  }

  private get statements() {
    return this.database.byScope(AGENT_CONFIG_STATEMENTS);
  }
}
