import { ApiProperty } from '@nestjs/swagger';
import { shownActor } from '../../platform/context/index.js';
import { rfc3339 } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type Content, documented, newAgentConfigSchema } from '../content/agent-config-input.js';
import { MAX_CHANGES } from '../content/diff.js';
import type { Overridable } from '../overrides/overridable.js';
import type { ConfigRow, ListedConfig, AliasRevision, SavedVersion } from '../agent-config-row.js';

export class ListedAgentConfigDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() name: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty({ type: 'integer', minimum: 1, description: 'The newest.' }) version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When anything of it last changed: a version or an alias.',
  })
  updatedAt: string;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: "Whether users may read it, of one of the service's; null of a user's own.",
  })
  shared: boolean | null;
}

const { properties } = documented(newAgentConfigSchema) as {
  properties: Record<string, Record<string, unknown>>;
};
/** Content as clients send it. */
export const contentProperty = (field: string) => ({ ...properties[field] }) as never;

export class AgentConfigDto extends ListedAgentConfigDto {
  @ApiProperty(contentProperty('model')) model: Content['model'];
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'What is not known of the provider is under `extra`.',
  })
  parameters: Record<string, unknown>;
  @ApiProperty(contentProperty('systemPrompt')) systemPrompt: Content['systemPrompt'];
  @ApiProperty(contentProperty('tools')) tools: Content['tools'];
  @ApiProperty(contentProperty('memory')) memory: Content['memory'];
  @ApiProperty(contentProperty('context')) context: Content['context'];
  /**
   * Parts that users may override, by path; only of the service's configurations. Null for the
   * default (memory, and a temperature from 0 to 1).
   */
  @ApiProperty(contentProperty('overridable')) overridable: Overridable | null;
  @ApiProperty({
    description:
      'SHA-256 of the content as canonical JSON, in hex: equal contents have equal digests.',
  })
  digest: string;
  @ApiProperty({
    description: 'Whose credential saved this version: `user:` and the key, or `service`.',
  })
  author: string;
  @ApiProperty({ type: String, nullable: true }) message: string | null;
  @ApiProperty({ format: 'date-time', description: 'When this version was saved.' })
  savedAt: string;
}

export class AgentConfigVersionDto {
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty() digest: string;
  @ApiProperty() author: string;
  @ApiProperty({ type: String, nullable: true }) message: string | null;
  @ApiProperty({ format: 'date-time' }) savedAt: string;
}

export class AgentConfigVersionsDto {
  @ApiProperty({ type: [AgentConfigVersionDto], description: 'Newest first.' })
  data: AgentConfigVersionDto[];
}

export class AgentConfigDiffDto {
  @ApiProperty({ type: 'integer' }) from: number;
  @ApiProperty({ type: 'integer' }) to: number;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: `Each \`{op, path, from, to}\`; the path is a JSON pointer. At most ${MAX_CHANGES}.`,
  })
  changes: object[];
  @ApiProperty({ type: 'integer', minimum: 0, description: 'Changes that are not listed.' })
  omittedChanges: number;
  @ApiProperty({
    description: 'The same as a unified diff; empty where the versions are too different for one.',
  })
  text: string;
  @ApiProperty({
    description: 'Whether the versions are too long, or differ in too many lines, for a text.',
  })
  tooDifferent: boolean;
}

export class AliasTargetDto {
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100 }) percent: number;
}

export class AliasMoveDto {
  @ApiProperty({ type: 'integer', minimum: 1 }) number: number;
  @ApiProperty({
    type: [AliasTargetDto],
    description: 'Whom each version goes to: users, by a hash that stays the same.',
  })
  targets: AliasTargetDto[];
  @ApiProperty() author: string;
  @ApiProperty({ format: 'date-time' }) movedAt: string;
}

export class AliasDto extends AliasMoveDto {
  @ApiProperty() alias: string;
}

export class AliasHistoryDto extends AliasDto {
  @ApiProperty({
    type: [AliasMoveDto],
    description: 'Newest first, the present one included; the last 50.',
  })
  moves: AliasMoveDto[];
}

export class AliasesDto {
  @ApiProperty({ type: [AliasDto] }) data: AliasDto[];
}

export const AgentConfigPageDto = PageOf(ListedAgentConfigDto);

export const toListedDto = (row: ListedConfig): ListedAgentConfigDto => ({
  id: row.id,
  name: row.name,
  description: row.description,
  tags: row.tags,
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  shared: row.shared ?? null,
});

/** A version with its own name, description and tags, which may differ from the newest ones. */
export function toAgentConfigDto(row: ConfigRow): AgentConfigDto {
  const { digest, message, savedAt } = row;
  const content = JSON.parse(row.content) as Content;
  return {
    ...toListedDto(row),
    ...content,
    overridable: content.overridable ?? null,
    version: row.shownVersion,
    digest,
    author: shownActor(row.author),
    message,
    savedAt,
  };
}

export const toVersionDto = (row: SavedVersion): AgentConfigVersionDto => ({
  version: row.version,
  digest: row.digest,
  author: shownActor(row.author),
  message: row.message,
  savedAt: rfc3339(row.savedAt),
});

const toMoveDto = ({ number, targets, author, movedAt }: AliasRevision): AliasMoveDto => ({
  number,
  targets,
  author: shownActor(author),
  movedAt,
});
export const toAliasDto = (row: AliasRevision): AliasDto => ({
  alias: row.alias,
  ...toMoveDto(row),
});
export const toAliasHistoryDto = (moves: AliasRevision[]): AliasHistoryDto => ({
  ...toAliasDto(moves[0]!),
  moves: moves.map(toMoveDto),
});
