import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { commonFields } from '../../../platform/http/index.js';
import { rfc3339 } from '../../../platform/input/index.js';
import { PageOf } from '../../../platform/list/index.js';
import { MCP_TRANSPORTS, type McpTransport } from '../../mcp/mcp-server.js';
import { type McpServerRow, SECRET_PLACES, type SecretPlace } from '../mcp-server-row.js';

/** Stands for a secret in answers. */
export interface Shown {
  secret: true;
}

const secretsProperty = (of: string): ApiPropertyOptions => ({
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: {
      secret: {
        type: 'boolean',
        enum: [true],
        description: 'Always true: the value is kept secret.',
      },
    },
    required: ['secret'],
  },
  description: `${of}, by name. The values are stored encrypted and never returned.`,
});

export class McpServerDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the only configuration that it is for; null for all of them.',
  })
  agentConfigId: string | null;
  @ApiProperty({ description: 'Name of the server.', example: 'github' }) name: string;
  @ApiProperty({
    enum: MCP_TRANSPORTS,
    description: 'How to connect to it: `stdio` starts a command, `http` is streamable HTTP.',
    example: 'http',
  })
  transport: McpTransport;
  @ApiProperty({ description: 'Whether runners get it.', example: true }) enabled: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'URL without its query; null for a command.',
    example: 'https://mcp.example/mcp',
  })
  url: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Command to start, or null.' })
  command: string | null;
  @ApiProperty({ type: [String], description: 'Arguments of the command.', example: [] })
  args: string[];
  @ApiProperty(secretsProperty('Headers')) headers: Record<string, Shown>;
  @ApiProperty(secretsProperty('Parameters of the URL')) query: Record<string, Shown>;
  @ApiProperty(secretsProperty('Variables of the environment')) env: Record<string, Shown>;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: "Whether a user's server of the same name replaces it. Null for a user's server.",
  })
  overridable: boolean | null;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
}

export const McpServerPageDto = PageOf(McpServerDto);

/** Returns the names of the secrets by place, with a placeholder for each value. */
export const shownSecrets = ({
  secretNames,
}: Pick<McpServerRow, 'secretNames'>): Record<SecretPlace, Record<string, Shown>> =>
  Object.fromEntries(
    SECRET_PLACES.map((place) => [
      place,
      Object.fromEntries((secretNames[place] ?? []).map((name) => [name, { secret: true }])),
    ]),
  ) as Record<SecretPlace, Record<string, Shown>>;

export const toMcpServerDto = (row: McpServerRow): McpServerDto => ({
  id: row.id,
  agentConfigId: row.agentConfigId,
  name: row.name,
  transport: row.transport,
  enabled: row.enabled,
  url: row.url,
  command: row.command,
  args: row.args,
  ...shownSecrets(row),
  overridable: row.overridable ?? null,
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
});
