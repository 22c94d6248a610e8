import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Config } from '../../platform/config/config.js';
import { Public, Request } from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { Operation, ownOrigin } from '../../platform/http/index.js';
import { ResourceMetadataDto } from './resource-metadata.dto.js';

/** Where clients look for the metadata of `/mcp`, by RFC 9728. */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource/mcp';

/** Tells MCP clients which authorization servers give tokens for `/mcp`. */
@ApiTags('mcp')
@Public()
@Controller(RESOURCE_METADATA_PATH)
export class ResourceMetadataController {
  constructor(@Inject(Config) private readonly config: Config) {}

  @Operation({
    summary: 'Read where MCP clients get tokens',
    description:
      'Protected resource metadata (RFC 9728): the outside issuers whose tokens `/mcp` takes. It is 404 when none with an address is configured.',
    errors: [RequestErrors.routeNotFound],
  })
  @Get()
  @ApiOkResponse({ type: ResourceMetadataDto })
  read(@Request() request: FastifyRequest): ResourceMetadataDto {
    const { authorizationServers } = this.config.identity;
    const origin = ownOrigin(request);
    if (authorizationServers.length === 0 || origin === undefined)
      throw RequestErrors.routeNotFound();
    return {
      resource: `${origin}/mcp`,
      authorization_servers: [...authorizationServers],
      bearer_methods_supported: ['header'],
      resource_name: 'Threadkeep',
      resource_documentation: `${origin}/docs`,
    };
  }
}
