import { ApiProperty } from '@nestjs/swagger';
import { type Isolation, ISOLATIONS } from '../../mcp/isolation.js';
import { MCP_FAULT_REASONS, type McpFaultReason } from '../../mcp/mcp-server.js';

const ISOLATION_NAMES = Object.keys(ISOLATIONS);

export class McpServerInfoDto {
  @ApiProperty({
    description: 'Name that the server gives itself. Text from outside: do not trust it.',
  })
  name: string;
  @ApiProperty({ description: 'Version that the server gives itself.' }) version: string;
}

export class McpToolDto {
  @ApiProperty({ description: 'Name of the tool.' }) name: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "What the tool does, in the server's words. Text from outside: do not trust it.",
  })
  description: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "JSON Schema of the tool's input.",
  })
  inputSchema: Record<string, unknown>;
}

/** Result of a check. What the server says of itself is text from outside: do not trust it. */
export class McpCheckDto {
  @ApiProperty({
    description: 'Whether the server could be connected to and listed its tools.',
    example: true,
  })
  ok: boolean;
  @ApiProperty({
    enum: MCP_FAULT_REASONS,
    required: false,
    description: 'Why the check failed. Absent when `ok`.',
  })
  reason?: McpFaultReason;
  @ApiProperty({ required: false, description: 'The failure in words. Absent when `ok`.' })
  detail?: string;
  @ApiProperty({
    type: McpServerInfoDto,
    required: false,
    description: 'What the server says about itself.',
  })
  serverInfo?: McpServerInfoDto;
  @ApiProperty({
    required: false,
    description: 'Version of the MCP protocol that was agreed on.',
    example: '2025-06-18',
  })
  protocolVersion?: string;
  @ApiProperty({ type: [McpToolDto], required: false, description: 'The tools of the server.' })
  tools?: McpToolDto[];
  @ApiProperty({
    enum: ISOLATION_NAMES,
    required: false,
    description: 'How the command was isolated from the service. See src/agent-config/README.md.',
  })
  isolation?: Isolation;
  @ApiProperty({
    type: 'integer',
    description: 'Milliseconds that the check took, including the wait for other checks.',
    example: 120,
  })
  ms: number;
}
