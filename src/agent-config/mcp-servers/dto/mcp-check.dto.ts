import { ApiProperty } from '@nestjs/swagger';
import { type Isolation, ISOLATIONS } from '../../mcp/isolation.js';
import { MCP_FAULT_REASONS, type McpFaultReason } from '../../mcp/mcp-server.js';

const ISOLATION_NAMES = Object.keys(ISOLATIONS);

export class McpServerInfoDto {
  @ApiProperty() name: string;
  @ApiProperty() version: string;
}

export class McpToolDto {
  @ApiProperty() name: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema.' })
  inputSchema: Record<string, unknown>;
}

/** Result of a check. What the server says of itself is text from outside: do not trust it. */
export class McpCheckDto {
  @ApiProperty({ description: 'Whether it could be connected to, and listed its tools.' })
  ok: boolean;
  @ApiProperty({ enum: MCP_FAULT_REASONS, required: false, description: 'Why not.' })
  reason?: McpFaultReason;
  @ApiProperty({ required: false }) detail?: string;
  @ApiProperty({ type: McpServerInfoDto, required: false }) serverInfo?: McpServerInfoDto;
  @ApiProperty({ required: false }) protocolVersion?: string;
  @ApiProperty({ type: [McpToolDto], required: false }) tools?: McpToolDto[];
  @ApiProperty({
    enum: ISOLATION_NAMES,
    required: false,
    description:
      'How far from the service the command ran: src/agent-config/README.md says what each isolates.',
  })
  isolation?: Isolation;
  @ApiProperty({
    type: 'integer',
    description: 'What it took, in milliseconds, the wait for other checks included.',
  })
  ms: number;
}
