import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import { commonFields, EXAMPLE_TIME } from '../../platform/http/index.js';
import { shownActor } from '../../platform/context/index.js';
import { rfc3339 } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type Content, mcpPolicyOf } from '../content/content.js';
import { MAX_CHANGES } from '../content/json-changes.js';
import { CONTENT_SCHEMAS, type McpPolicyDto, PromptPartDto } from './content.dto.js';
import {
  type Overridable,
  OVERRIDABLE_SCHEMA,
  OverridableNumberDto,
} from '../overrides/overridable.js';
import type { ConfigRow, ListedConfig, AliasRevision, SavedVersion } from '../agent-config-row.js';

export class ListedAgentConfigDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    description: 'Name, unique among the configurations of its owner.',
    example: 'travel-agent',
  })
  name: string;
  @ApiProperty({ type: String, nullable: true, description: 'What it is for, or null.' })
  description: string | null;
  @ApiProperty({ type: [String], description: 'Labels to filter lists by.', example: ['travel'] })
  tags: string[];
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Number of the newest version.',
    example: 1,
  })
  version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty({
    format: 'date-time',
    description: 'Time of the last new version or change of an alias.',
    example: EXAMPLE_TIME,
  })
  updatedAt: string;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    description:
      'Whether all users may read it, for a configuration of the service; null for one of a user.',
  })
  shared: boolean | null;
}

@ApiExtraModels(PromptPartDto, OverridableNumberDto)
export class AgentConfigDto extends ListedAgentConfigDto {
  @ApiProperty(CONTENT_SCHEMAS.model) model: Content['model'];
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Parameters of the model. Those that the provider does not know are in `extra`.',
    example: { temperature: 0.2 },
  })
  parameters: Record<string, unknown>;
  @ApiProperty(CONTENT_SCHEMAS.systemPrompt) systemPrompt: Content['systemPrompt'];
  @ApiProperty(CONTENT_SCHEMAS.tools) tools: Content['tools'];
  @ApiProperty(CONTENT_SCHEMAS.memory) memory: Content['memory'];
  @ApiProperty(CONTENT_SCHEMAS.context) context: Content['context'];
  @ApiProperty(CONTENT_SCHEMAS.mcp) mcp: Required<McpPolicyDto>;
  /**
   * Parts that users may override, by path; only of the service's configurations. Null for the
   * default (memory, and a temperature from 0 to 1).
   */
  @ApiProperty(OVERRIDABLE_SCHEMA) overridable: Overridable | null;
  @ApiProperty({
    description:
      'SHA-256 of the content as canonical JSON, in hexadecimal. Equal for equal contents.',
  })
  digest: string;
  @ApiProperty({
    description: 'Who saved this version: `user:` and the id of the key, or `service`.',
    example: 'service',
  })
  author: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What changed in this version, or null.',
  })
  message: string | null;
  @ApiProperty({
    format: 'date-time',
    description: 'Time at which this version was saved.',
    example: EXAMPLE_TIME,
  })
  savedAt: string;
}

export class AgentConfigVersionDto {
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty({ description: 'SHA-256 of the content as canonical JSON, in hexadecimal.' })
  digest: string;
  @ApiProperty({
    description: 'Who saved the version: `user:` and the id of the key, or `service`.',
    example: 'service',
  })
  author: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What changed in the version, or null.',
  })
  message: string | null;
  @ApiProperty({
    format: 'date-time',
    description: 'Time at which the version was saved.',
    example: EXAMPLE_TIME,
  })
  savedAt: string;
}

export class AgentConfigVersionsDto {
  @ApiProperty({ type: [AgentConfigVersionDto], description: 'Versions, newest first.' })
  data: AgentConfigVersionDto[];
}

export class AgentConfigDiffDto {
  @ApiProperty({
    type: 'integer',
    description: 'The earlier version of the comparison.',
    example: 1,
  })
  from: number;
  @ApiProperty({ type: 'integer', description: 'The later version of the comparison.', example: 2 })
  to: number;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: `Each \`{op, path, from, to}\`, the path a JSON pointer. At most ${MAX_CHANGES}.`,
  })
  changes: object[];
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'Number of changes that are not listed.',
    example: 0,
  })
  omittedChanges: number;
  @ApiProperty({ description: 'The same as a unified diff; empty when `tooDifferent`.' })
  text: string;
  @ApiProperty({
    description: 'Whether the versions are too long, or differ in too many lines, for `text`.',
  })
  tooDifferent: boolean;
}

export class AliasTargetDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Version that the alias points to.',
    example: 2,
  })
  version: number;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    description: 'Share of the users that get this version, in percent.',
    example: 100,
  })
  percent: number;
}

export class AliasMoveDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Number of the change of the alias, from 1.',
    example: 1,
  })
  number: number;
  @ApiProperty({
    type: [AliasTargetDto],
    description:
      'The versions, each with its share of the users. A user always gets the same version.',
  })
  targets: AliasTargetDto[];
  @ApiProperty({
    description: 'Who changed the alias: `user:` and the id of the key, or `service`.',
    example: 'service',
  })
  author: string;
  @ApiProperty({ format: 'date-time', description: 'Time of the change.', example: EXAMPLE_TIME })
  movedAt: string;
}

export class AliasDto extends AliasMoveDto {
  @ApiProperty({ description: 'Name of the alias.', example: 'prod' }) alias: string;
}

export class AliasHistoryDto extends AliasDto {
  @ApiProperty({
    type: [AliasMoveDto],
    description: 'The last 50 changes, newest first; the first is the current one.',
  })
  moves: AliasMoveDto[];
}

export class AliasesDto {
  @ApiProperty({ type: [AliasDto], description: 'All aliases of the configuration.' })
  data: AliasDto[];
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
    mcp: mcpPolicyOf(content),
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
