import { ApiProperty } from '@nestjs/swagger';

const REASONS = ['not_allowed', 'invalid', 'refused_address', 'redirected', 'unauthorized', 'timeout', 'unreachable', 'exited', 'protocol', 'too_large'] as const;

export class McpServerInfoDto {
  @ApiProperty() name: string;
  @ApiProperty() version: string;
}

export class McpToolDto {
  @ApiProperty() name: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema.' }) inputSchema: Record<string, unknown>;
}

/** What the server says of itself is text from outside: not to be trusted. */
export class McpCheckDto {
  @ApiProperty({ description: 'Whether it could be connected to, and listed its tools.' }) ok: boolean;
  @ApiProperty({ enum: REASONS, required: false, description: 'Why not.' }) reason?: (typeof REASONS)[number];
  @ApiProperty({ required: false }) detail?: string;
  @ApiProperty({ type: McpServerInfoDto, required: false }) serverInfo?: McpServerInfoDto;
  @ApiProperty({ required: false }) protocolVersion?: string;
  @ApiProperty({ type: [McpToolDto], required: false }) tools?: McpToolDto[];
  @ApiProperty({ type: 'integer', description: 'What it took, in milliseconds, the wait for other checks included.' }) ms: number;
}
