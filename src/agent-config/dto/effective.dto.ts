import { ApiProperty } from '@nestjs/swagger';
import type { Content } from '../content/agent-config-input.js';
import { MCP_TRANSPORTS, type McpTransport } from '../mcp/mcp-server.js';
import { OMISSION_REASONS, type OmittedServer } from '../mcp-servers/runner-servers.js';
import type { Part, RefusedOverride } from '../overrides/refused-overrides.js';
import type { RunnerConfig, RunnerServer } from '../effective/runner-config.service.js';
import { contentProperty } from './agent-config.dto.js';

const values = (of: string) =>
  ({
    type: 'object',
    additionalProperties: true,
    description: `${of}, by name: \`{"secret": true}\`, or with \`secrets=true\` the text.`,
  }) as const;

export class RunnerServerDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() name: string;
  @ApiProperty({ enum: ['user', 'service'] }) owner: 'user' | 'service';
  @ApiProperty({ enum: MCP_TRANSPORTS }) transport: McpTransport;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "Without its query. Where the service's own servers are, users are not told.",
  })
  url: string | null;
  @ApiProperty({ type: String, nullable: true }) command: string | null;
  @ApiProperty({ type: [String] }) args: string[];
  @ApiProperty(values('Headers')) headers: RunnerServer['headers'];
  @ApiProperty(values('Parameters of the URL')) query: RunnerServer['query'];
  @ApiProperty(values('Variables of the environment')) env: RunnerServer['env'];
}

export class OmittedServerDto {
  @ApiProperty() name: string;
  @ApiProperty({
    enum: OMISSION_REASONS,
    description:
      'The operator does not allow the command with these arguments, or a variable of its environment; the URL may not be connected to; or the service has a server of this name that is not `overridable`.',
  })
  reason: OmittedServer['reason'];
}

export class OmittedOverrideDto {
  @ApiProperty({ description: 'A JSON pointer.' }) path: string;
  @ApiProperty({ enum: ['not_overridable', 'out_of_bounds'] }) reason: RefusedOverride['reason'];
}

const whose = { enum: ['user', 'service'] };

export class PartOwnersDto implements Record<Part, 'user' | 'service'> {
  @ApiProperty(whose) model: 'user' | 'service';
  @ApiProperty(whose) parameters: 'user' | 'service';
  @ApiProperty(whose) systemPrompt: 'user' | 'service';
  @ApiProperty(whose) tools: 'user' | 'service';
  @ApiProperty(whose) memory: 'user' | 'service';
  @ApiProperty(whose) context: 'user' | 'service';
}

/** What a runner needs to run the agent. */
export class RunnerConfigDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: ['user', 'service'] }) owner: 'user' | 'service';
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({ type: String, nullable: true, description: 'By which it was chosen.' }) alias:
    string | null;
  @ApiProperty({ description: 'Of the version, without overrides.' }) digest: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The number of the overrides that are in it.',
  })
  overrides: number | null;
  @ApiProperty() name: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty(contentProperty('model')) model: Content['model'];
  @ApiProperty({ type: 'object', additionalProperties: true }) parameters: Record<string, unknown>;
  @ApiProperty(contentProperty('systemPrompt')) systemPrompt: Content['systemPrompt'];
  @ApiProperty(contentProperty('tools')) tools: Content['tools'];
  @ApiProperty(contentProperty('memory')) memory: Content['memory'];
  @ApiProperty(contentProperty('context')) context: Content['context'];
  @ApiProperty({
    type: [RunnerServerDto],
    description:
      "Those that are enabled, one of a name: for this configuration before for all. A user's takes the place of one of the service's only where that is `overridable`.",
  })
  mcpServers: RunnerServerDto[];
  @ApiProperty({
    type: [OmittedServerDto],
    description: "The user's servers that are enabled and not among them.",
  })
  omitted: OmittedServerDto[];
  @ApiProperty({
    type: PartOwnersDto,
    description: "Whose words each part is: the service's, or in part or in whole the user's.",
  })
  owners: PartOwnersDto;
  @ApiProperty({
    type: [OmittedOverrideDto],
    description:
      "What of the user's overrides is left out, as this version does not let users change it.",
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
