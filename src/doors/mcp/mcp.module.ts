// The door for MCP clients: assistants such as Claude, ChatGPT and editors.
import { Module } from '@nestjs/common';
import { OwnApi } from '../own-api.js';
import { McpController } from './mcp.controller.js';
import { ResourceMetadataController } from './resource-metadata.controller.js';

@Module({ controllers: [McpController, ResourceMetadataController], providers: [OwnApi] })
export class McpModule {}
