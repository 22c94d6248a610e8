import { ApiProperty } from '@nestjs/swagger';
import type { Content } from '../agent-config-input.js';
import { contentProperty } from './agent-config.dto.js';

/** What is needed to run the agent. */
export class EffectiveConfigDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: 'integer', minimum: 1 }) version: number;
  @ApiProperty({ type: String, nullable: true, description: 'By which it was chosen.' }) alias: string | null;
  @ApiProperty() digest: string;
  @ApiProperty() name: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ type: [String] }) tags: string[];
  @ApiProperty(contentProperty('model')) model: Content['model'];
  @ApiProperty({ type: 'object', additionalProperties: true }) parameters: Record<string, unknown>;
  @ApiProperty(contentProperty('systemPrompt')) systemPrompt: Content['systemPrompt'];
  @ApiProperty(contentProperty('tools')) tools: Content['tools'];
  @ApiProperty(contentProperty('memory')) memory: Content['memory'];
  @ApiProperty(contentProperty('context')) context: Content['context'];
}
