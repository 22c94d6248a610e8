import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../platform/context/index.js';
import { EgressError, EgressRules } from '../../platform/egress/index.js';
import { etagOf, retryOnConflict, versionChanged } from '../../platform/repository/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { CommandRules } from '../mcp/command-rules.js';
import { McpChecker } from '../mcp/mcp-check.js';
import type { McpCheck, McpServer } from '../mcp/mcp-server.js';
import type { McpServerDto } from './dto/mcp-server.dto.js';
import type { NewCommandServerDto, NewRemoteServerDto } from './dto/mcp-server-body.dto.js';
import {
  type McpServerChanges,
  changesDestination,
  namesSecrets,
  replacesAllSecrets,
  secretsOf,
  type McpServerShape,
  shapeOf,
} from './mcp-server-input.js';
import type { SealedMcpServerRow, McpServerSecrets } from './mcp-server-row.js';
import { McpSecrets } from './mcp-secrets.js';
import { McpServerErrors } from './mcp-servers.errors.js';
import { McpServersRepository } from './mcp-servers.repository.js';
import { redacted } from './redaction.js';

/** More servers would make an answer that lists all of them too long. */
const MAX_SERVERS_PER_USER = 100;
/** Leaves room for a query in a URL. */
const MAX_URL_CHARACTERS = 1_000;

@Injectable()
export class McpServersService {
  constructor(
    private readonly rows: McpServersRepository,
    private readonly secrets: McpSecrets,
    private readonly rules: EgressRules,
    private readonly commands: CommandRules,
    private readonly checker: McpChecker,
    private readonly contexts: RequestContexts,
  ) {}

  list(query: ListQuery): Promise<Page<McpServerDto>> {
    return this.rows.list(query);
  }

  /** @throws AppError 404 */
  async get(id: string): Promise<SealedMcpServerRow> {
    const row = await this.rows.find(id);
    if (!row) throw McpServerErrors.notFound();
    return row;
  }

  async create({
    agentConfigId,
    ...sent
  }: NewRemoteServerDto | NewCommandServerDto): Promise<SealedMcpServerRow> {
    if (!this.isService && (await this.rows.count()) >= MAX_SERVERS_PER_USER)
      throw McpServerErrors.tooMany({
        detail: `A user may have ${MAX_SERVERS_PER_USER} MCP servers. Delete one to add another.`,
      });
    // Sealing would create a new user, who cannot have an agent configuration yet.
    if (agentConfigId && this.isUnknownUser) throw McpServerErrors.agentConfigNotFound();
    const id = uuidv7();
    const shape = this.checked(shapeOf(sent, null, this.isService));
    const sealed = await this.secrets.seal(
      this.rows.table,
      id,
      this.secretsOf(sent, {}, shape, false),
    );
    return this.rows.create(id, agentConfigId?.toLowerCase() ?? null, { ...shape, ...sealed });
  }

  /**
   * Changes the fields that were sent. Secrets that were not sent stay, unless the server's
   * destination changes.
   * @throws AppError 412 with the current version when `expected` is given and is not the current
   *   one
   */
  update(id: string, changes: McpServerChanges, expected?: number): Promise<SealedMcpServerRow> {
    const edit = async (): Promise<SealedMcpServerRow | null> => {
      const current = await this.get(id);
      if (expected !== undefined && expected !== current.version)
        throw versionChanged(current.version);
      return this.rows.update(id, current.version, await this.changed(current, changes));
    };
    return retryOnConflict(edit, () => McpServerErrors.changed());
  }

  /**
   * Deletes the server.
   * @throws AppError 404, or 412 when `expected` is given and is not the current version
   */
  async remove(id: string, expected?: number): Promise<void> {
    if (await this.rows.remove(id, expected ?? null)) return;
    throw versionChanged((await this.get(id)).version);
  }

  /** Connects once, as an agent would. A command is started only when the operator allows it. */
  async check(id: string, signal: AbortSignal): Promise<McpCheck> {
    const row = await this.get(id);
    const secrets = await this.secrets.open(this.rows.table, row);
    const answer = await this.checker.check(
      connectionOf(row, secrets),
      { owner: this.contexts.owner, isService: this.isService },
      signal,
    );
    return redacted(
      answer,
      Object.values(secrets).flatMap((values) => Object.values(values)),
    );
  }

  etag({ version }: Pick<SealedMcpServerRow, 'version'>): string {
    return etagOf(version);
  }

  private async changed(current: SealedMcpServerRow, changes: McpServerChanges) {
    const next = shapeOf(changes, current, this.isService);
    // A server that the operator no longer allows can still be disabled.
    const shape = mustBeChecked(next, current) ? this.checked(next) : next;
    const destinationChanged = changesDestination(changes, current, shape);
    if (!destinationChanged && !namesSecrets(changes))
      return { ...shape, secretNames: current.secretNames, secrets: current.secrets };
    const isOther = (shape.transport === 'stdio') !== (current.transport === 'stdio');
    const before =
      isOther || replacesAllSecrets(changes, current.secretNames)
        ? {}
        : await this.secrets.open(this.rows.table, current);
    return {
      ...shape,
      ...(await this.secrets.seal(
        this.rows.table,
        current.id,
        this.secretsOf(changes, before, shape, destinationChanged),
      )),
    };
  }

  private secretsOf(
    changes: McpServerChanges,
    before: McpServerSecrets,
    shape: McpServerShape,
    destinationChanged: boolean,
  ): McpServerSecrets {
    return secretsOf(changes, before, shape, destinationChanged, (env) =>
      this.commands.environmentFault(env, this.isService),
    );
  }

  private get isService(): boolean {
    return this.contexts.scope().kind === 'system';
  }

  private get isUnknownUser(): boolean {
    const scope = this.contexts.scope();
    return scope.kind === 'user' && scope.provision !== undefined;
  }

  /**
   * Checks that a user's command is allowed, because runners will start it.
   * @throws AppError 422
   */
  private startable(shape: McpServerShape): McpServerShape {
    if (
      this.isService ||
      this.commands.allows({ command: shape.command!, args: shape.args }, false)
    )
      return shape;
    throw McpServerErrors.commandRefused({
      errors: [
        {
          pointer: '/command',
          message: "is, with these args, not in the operator's list MCP_STDIO_COMMANDS",
        },
      ],
    });
  }

  /**
   * Checks command or URL, and normalizes the URL.
   * @throws AppError 422
   */
  private checked(shape: McpServerShape): McpServerShape {
    if (shape.url === null) return this.startable(shape);
    try {
      const url = this.rules.checkUrl(shape.url);
      if (url.href.length > MAX_URL_CHARACTERS)
        throw McpServerErrors.urlRefused({
          errors: [
            {
              pointer: '/url',
              message: `must have at most ${MAX_URL_CHARACTERS} characters when it is normalized`,
            },
          ],
        });
      if (url.search !== '')
        throw McpServerErrors.urlRefused({
          errors: [
            {
              pointer: '/url',
              message:
                'must have no query: send its parameters as `query`, where their values are kept secret',
            },
          ],
        });
      return { ...shape, url: url.href };
    } catch (error) {
      if (error instanceof EgressError)
        throw McpServerErrors.urlRefused({ errors: [{ pointer: '/url', message: error.message }] });
      throw error;
    }
  }
}

/** Tells whether the server connects to or starts something new, or is enabled again. */
const mustBeChecked = (next: McpServerShape, current: McpServerShape): boolean =>
  next.url !== current.url ||
  (next.command !== null &&
    (next.command !== current.command ||
      !isDeepStrictEqual(next.args, current.args) ||
      (next.enabled && !current.enabled)));

/** Returns the connection with its secrets, for the client that connects. */
export function connectionOf(
  { transport, url, command, args }: SealedMcpServerRow,
  { headers = {}, query = {}, env = {} }: McpServerSecrets,
): McpServer {
  if (transport === 'stdio') return { transport, command: command!, args, env };
  const address = new URL(url!);
  for (const [name, value] of Object.entries(query)) address.searchParams.append(name, value);
  return { transport, url: address.href, headers };
}
