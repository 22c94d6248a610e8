import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ScopedCache } from '../platform/cache/index.js';
import { AuditRecords } from '../platform/audit/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase } from '../platform/database/index.js';
import type { AppError } from '../platform/errors/index.js';
import { etagOf, retryOnConflict, versionChanged } from '../platform/repository/index.js';
import type { ListQuery, Page } from '../platform/list/index.js';
import { WorkerPool, workerTask } from '../platform/workers/index.js';
import { type Content, contentOf } from './content/content.js';
import { AGENT_CONFIG_LIMITS } from './content/content-limits.js';
import type { ConfigRow, SavedVersion } from './agent-config-row.js';
import { AgentConfigErrors } from './agent-configs.errors.js';
import { AgentConfigsRepository, type StoredVersion } from './agent-configs.repository.js';
import { canonicalJson, sha256Hex } from '../platform/input/canonical-json.js';
import { ContentChecks } from './content/content-checks.js';
import { ConfigUses } from './usage/config-uses.js';
import { OverridesRepository } from './overrides/overrides.repository.js';
import type { Change } from './content/json-changes.js';
import type { DiffInput, DiffOutput } from './content/diff.task.js';
import type { ListedAgentConfigDto } from './dto/agent-config.dto.js';
import type { CreateAgentConfigDto, UpdateAgentConfigDto } from './dto/agent-config-body.dto.js';

export interface Diff {
  from: number;
  to: number;
  changes: Change[];
  omittedChanges: number;
  text: string;
  tooDifferent: boolean;
}

const DIFF = workerTask<DiffInput, DiffOutput>(import.meta.url, './content/diff.task');

@Injectable()
export class AgentConfigsService {
  constructor(
    private readonly configs: AgentConfigsRepository,
    private readonly uses: ConfigUses,
    private readonly overrides: OverridesRepository,
    private readonly cache: ScopedCache,
    private readonly audit: AuditRecords,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly workers: WorkerPool,
    private readonly checks: ContentChecks,
  ) {}

  /**
   * Creates an agent configuration with its first version.
   * @throws AppError `agent_config.invalid_content`; also what `WorkerPool.run` throws
   */
  async create({ message, ...sent }: CreateAgentConfigDto): Promise<ConfigRow> {
    this.refuseOverridable(sent);
    const content = contentOf(sent, null);
    await this.checks.refuseFaults(content);
    return this.createWith(content, message ?? null);
  }

  list(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.configs.list(query);
  }

  listShared(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.configs.listShared(query);
  }

  /**
   * Returns a version, by default the newest.
   * @throws AppError 404 when the configuration or the version does not exist
   */
  async get(id: string, version?: number): Promise<ConfigRow> {
    const row = await this.configs.find(id, version ?? null);
    if (row) return row;
    throw version !== undefined && (await this.configs.findOwner(id))
      ? AgentConfigErrors.versionNotFound()
      : AgentConfigErrors.notFound();
  }

  /**
   * Checks that the configuration exists, without reading its content, which may be large.
   * @throws AppError 404
   */
  async requireExists(id: string): Promise<void> {
    if (!(await this.configs.findOwner(id))) throw AgentConfigErrors.notFound();
  }

  /** Returns the error for a write that matched no row: 404, or 403 for a shared configuration. */
  async writeFailure(id: string): Promise<AppError> {
    return this.isShared(await this.configs.findOwner(id))
      ? AgentConfigErrors.readOnly()
      : AgentConfigErrors.notFound();
  }

  async versions(id: string, before: number, limit: number): Promise<SavedVersion[]> {
    await this.requireExists(id);
    return this.configs.versions(id, before, limit);
  }

  /**
   * Saves a new version with the fields that were sent; none when nothing changes.
   * @throws AppError 412 with the current version when `expected` is given and is not the current
   *   one
   */
  async update(
    id: string,
    { message, ...sent }: UpdateAgentConfigDto,
    expected?: number,
  ): Promise<ConfigRow> {
    this.refuseOverridable(sent);
    const edit = async (): Promise<ConfigRow | null> => {
      const current = await this.get(id);
      this.refuseShared(current);
      if (expected !== undefined && expected !== current.version) throw changed(current);
      const content = contentOf(sent, JSON.parse(current.content) as Content);
      await this.checks.refuseFaults(content);
      const next = this.stored(content, message ?? null);
      if (next.digest === current.digest) return current;
      return (await this.configs.save(id, next, current.version)) === null
        ? null
        : this.get(id, current.version + 1);
    };
    return retryOnConflict(edit, async () => changed(await this.get(id)));
  }

  /**
   * Compares two versions; `to` is the newest by default.
   * @throws AppError 404 when a version does not exist; also what `WorkerPool.run` throws
   */
  async diff(id: string, from: number, to: number | undefined): Promise<Diff> {
    const [before, after] = [await this.get(id, from), await this.get(id, to)];
    const names = {
      from: `${before.name} version ${from}`,
      to: `${after.name} version ${after.shownVersion}`,
    };
    const input = { from: before.content, to: after.content, names };
    const { text, ...changes } = await this.workers.run(DIFF, input);
    const shown = { text: text ?? '', tooDifferent: text === null };
    return { from, to: after.shownVersion, ...changes, ...shown };
  }

  /** Creates a configuration with the content of a version. Its history starts at version 1. */
  async copy(
    id: string,
    version: number | undefined,
    name: string | undefined,
  ): Promise<ConfigRow> {
    const original = await this.get(id, version);
    const { overridable, ...parts } = JSON.parse(original.content) as Content;
    const content = { ...parts, name: name ?? `${original.name.slice(0, 190)} (copy)` };
    return this.createWith(
      this.isService && overridable ? { ...content, overridable } : content,
      `Copy of ${original.id}, version ${original.shownVersion}`,
    );
  }

  /**
   * Deletes the configuration.
   * @throws AppError 409 while conversations use it, unless `force`: they then use none
   */
  async remove(id: string, force: boolean, expected?: number): Promise<void> {
    await this.database.transaction(async () => {
      await this.configs.lockHead(id);
      const current = await this.get(id);
      this.refuseShared(current);
      if (expected !== undefined && expected !== current.version) throw changed(current);
      await this.refuseWhileUsed(id, force);
      if (!(await this.configs.remove(id))) throw AgentConfigErrors.notFound();
      await this.overrides.removeAll(id);
      await this.audit.writeErasure('agent_config', 1, 'remove');
    });
    if (this.contexts.scope().kind === 'user') await this.cache.forgetOwner();
  }

  /**
   * Shares a configuration of the service with all users, or stops sharing it. Conversations that
   * use it then continue without it.
   * @throws AppError 404
   */
  share(id: string, shared: boolean): Promise<ConfigRow> {
    return this.database.transaction(async () => {
      if (!(await this.configs.share(id, shared))) throw AgentConfigErrors.notFound();
      await this.audit.write({
        action: shared ? 'agent_config.shared' : 'agent_config.unshared',
        subject: id,
      });
      return this.get(id);
    });
  }

  etag({ shownVersion }: Pick<ConfigRow, 'shownVersion'>): string {
    return etagOf(shownVersion);
  }

  /**
   * `overridable` limits what users may change in the service's configurations; a user's own has no
   * such limits.
   */
  private refuseOverridable({ overridable }: { overridable?: unknown }): void {
    if (this.isService || overridable === undefined || overridable === null) return;
    throw AgentConfigErrors.invalidContent({
      errors: [
        { pointer: '/overridable', message: 'is allowed only in configurations of the service' },
      ],
    });
  }

  private get isService(): boolean {
    return this.contexts.scope().kind === 'system';
  }

  private refuseShared({ owner }: ConfigRow): void {
    if (this.isShared(owner)) throw AgentConfigErrors.readOnly();
  }

  /**
   * Tells whether the caller is a user and the configuration the service's, so that it is
   * read-only.
   */
  private isShared(owner: ConfigRow['owner'] | null): boolean {
    return owner === 'service' && !this.isService;
  }

  private async refuseWhileUsed(id: string, force: boolean): Promise<void> {
    const count = await this.uses.count(id);
    if (count === 0) return;
    if (!force)
      throw AgentConfigErrors.inUse({
        extra: { conversations: count },
        detail: `Conversations that use it: ${count}. With force=true it is deleted, and they continue without an agent configuration.`,
      });
    await this.uses.release(id);
  }

  private async createWith(content: Content, message: string | null): Promise<ConfigRow> {
    const id = uuidv7();
    await this.configs.create(id, this.stored(content, message));
    return this.get(id);
  }

  private stored(content: Content, message: string | null): StoredVersion {
    const text = canonicalJson(content);
    if (Buffer.byteLength(text) > AGENT_CONFIG_LIMITS.contentBytes)
      throw AgentConfigErrors.invalidContent({
        detail: `It may have at most ${AGENT_CONFIG_LIMITS.contentBytes} bytes as JSON.`,
      });
    const { name, description, tags } = content;
    return {
      name,
      description,
      tags,
      content: text,
      digest: sha256Hex(text),
      author: this.contexts.actor,
      message,
    };
  }
}

const changed = ({ version }: ConfigRow) => versionChanged(version);
