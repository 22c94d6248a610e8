import { ApiProperty } from '@nestjs/swagger';

/** Names are those of RFC 9728. */
export class ResourceMetadataDto {
  @ApiProperty({
    description: 'Address that tokens are for.',
    example: 'https://memory.example.com/mcp',
  })
  resource!: string;

  @ApiProperty({
    type: [String],
    description: 'The issuers that give tokens.',
    example: ['https://example.auth0.com/'],
  })
  authorization_servers!: string[];

  @ApiProperty({ type: [String], description: 'How a token is sent.', example: ['header'] })
  bearer_methods_supported!: string[];

  @ApiProperty({ description: 'Name to show.', example: 'Threadkeep' })
  resource_name!: string;

  @ApiProperty({
    description: 'Address of the documentation.',
    example: 'https://memory.example.com/docs',
  })
  resource_documentation!: string;
}
