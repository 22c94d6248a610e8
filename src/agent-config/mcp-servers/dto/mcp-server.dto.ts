import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
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
    properties: { secret: { type: 'boolean', enum: [true] } },
    required: ['secret'],
  },
  description: `${of}, by name. Their values are kept secret, and never answered.`,
});

export class McpServerDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The configuration that it is for; null for all of them.',
  })
  agentConfigId: string | null;
  @ApiProperty() name: string;
  @ApiProperty({ enum: MCP_TRANSPORTS, description: '`http` is streamable HTTP.' })
  transport: McpTransport;
  @ApiProperty() enabled: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Without its query.' }) url:
    string | null;
  @ApiProperty({ type: String, nullable: true }) command: string | null;
  @ApiProperty({ type: [String] }) args: string[];
  @ApiProperty(secretsProperty('Headers')) headers: Record<string, Shown>;
  @ApiProperty(secretsProperty('Parameters of the URL')) query: Record<string, Shown>;
  @ApiProperty(secretsProperty('Variables of the environment')) env: Record<string, Shown>;
  @ApiProperty({
    type: Boolean,
    nullable: true,
    description:
      "Of a server of the service, whether a user's server of its name is served in its place; null of a user's own.",
  })
  overridable: boolean | null;
  @ApiProperty({ type: 'integer' }) version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
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
