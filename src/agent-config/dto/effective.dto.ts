import { ApiProperty } from '@nestjs/swagger';
import { commonFields } from '../../platform/http/index.js';
import { type Content, mcpPolicyOf } from '../content/content.js';
import { MCP_TRANSPORTS, type McpTransport } from '../mcp/mcp-server.js';
import { OMISSION_REASONS, type OmittedServer } from '../mcp-servers/runner-servers.js';
import type { OverridePart, RefusedOverride } from '../overrides/refused-overrides.js';
import type { RunnerConfig, RunnerServer } from '../effective/runner-config.service.js';
import { CONTENT_SCHEMAS, type McpPolicyDto } from './content.dto.js';

const values = (of: string) =>
  ({
    type: 'object',
    additionalProperties: true,
    description: `${of}, by name: \`{"secret": true}\`, or with \`secrets=true\` the text.`,
  }) as const;

export class RunnerServerDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'Name of the server.', example: 'github' }) name: string;
  @ApiProperty({ enum: ['user', 'service'], description: 'Whose server it is.' }) owner:
    'user' | 'service';
  @ApiProperty({ enum: MCP_TRANSPORTS, description: 'How to connect to it.' })
  transport: McpTransport;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'URL without its query. Null for commands and for servers of the service, which hide it.',
  })
  url: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Command to start, or null.' })
  command: string | null;
  @ApiProperty({ type: [String], description: 'Arguments of the command.' }) args: string[];
  @ApiProperty(values('Headers')) headers: RunnerServer['headers'];
  @ApiProperty(values('Parameters of the URL')) query: RunnerServer['query'];
  @ApiProperty(values('Variables of the environment')) env: RunnerServer['env'];
}

export class OmittedServerDto {
  @ApiProperty({ description: 'Name of the server.', example: 'github' }) name: string;
  @ApiProperty({
    enum: OMISSION_REASONS,
    description:
      'Why it is left out: its command or environment is not allowed, its URL may not be connected to, or the service has a server of this name that is not `overridable`.',
  })
  reason: OmittedServer['reason'];
}

export class OmittedOverrideDto {
  @ApiProperty({ description: 'JSON Pointer of the override.', example: '/model' }) path: string;
  @ApiProperty({
    enum: ['not_overridable', 'out_of_bounds'],
    description:
      'Why it is left out: the service does not let users change it, or not beyond certain bounds.',
  })
  reason: RefusedOverride['reason'];
}

const whose = { enum: ['user', 'service'] };

export class PartOwnersDto implements Record<OverridePart, 'user' | 'service'> {
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  model: 'user' | 'service';
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  parameters: 'user' | 'service';
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  systemPrompt: 'user' | 'service';
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  tools: 'user' | 'service';
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  memory: 'user' | 'service';
  @ApiProperty({
    ...whose,
    description: 'Owner of the text of this part: `user` when any of it is an override.',
  })
  context: 'user' | 'service';
}

/** What a runner needs to run the agent. */
export class RunnerConfigDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ enum: ['user', 'service'], description: 'Whose configuration it is.' }) owner:
    'user' | 'service';
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'Number of the version that was chosen.',
    example: 1,
  })
  version: number;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Alias that the version was chosen by, or null.',
  })
  alias: string | null;
  @ApiProperty({
    description: 'SHA-256 of the version without overrides, as canonical JSON, in hexadecimal.',
  })
  digest: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: "Number of the user's overrides that are applied; null when there are none.",
  })
  overrides: number | null;
  @ApiProperty({ description: 'Name of the configuration.', example: 'travel-agent' }) name: string;
  @ApiProperty({ type: String, nullable: true, description: 'What it is for, or null.' })
  description: string | null;
  @ApiProperty({ type: [String], description: 'Labels.', example: ['travel'] }) tags: string[];
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
  @ApiProperty({
    type: [RunnerServerDto],
    description:
      "The enabled MCP servers, one of each name. A server for this configuration comes before one for all; a user's replaces one of the service only where that is `overridable`.",
  })
  mcpServers: RunnerServerDto[];
  @ApiProperty({
    type: [OmittedServerDto],
    description: 'Enabled MCP servers of the user that are left out.',
  })
  omitted: OmittedServerDto[];
  @ApiProperty({
    type: PartOwnersDto,
    description: 'Whose text each part is.',
  })
  owners: PartOwnersDto;
  @ApiProperty({
    type: [OmittedOverrideDto],
    description: 'Overrides of the user that this version does not allow.',
  })
  omittedOverrides: OmittedOverrideDto[];
}

export const toRunnerConfigDto = (config: RunnerConfig): RunnerConfigDto => ({
  id: config.id,
  owner: config.owner,
  version: config.version,
  alias: config.alias,
  digest: config.digest,
  overrides: config.overrides,
  name: config.name,
  description: config.description,
  tags: config.tags,
  model: config.model,
  parameters: config.parameters,
  systemPrompt: config.systemPrompt,
  tools: config.tools,
  memory: config.memory,
  context: config.context,
  mcp: mcpPolicyOf(config),
  mcpServers: config.mcpServers.map(
    ({ id, name, owner, transport, url, command, args, headers, query, env }) => ({
      id,
      name,
      owner,
      transport,
      url,
      command,
      args,
      headers,
      query,
      env,
    }),
  ),
  omitted: config.omitted,
  owners: config.owners,
  omittedOverrides: config.omittedOverrides,
});
