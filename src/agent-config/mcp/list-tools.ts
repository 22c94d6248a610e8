import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { McpFault } from './mcp-fault.js';
import { type McpTool } from './mcp-server.js';

const MAX_TOOLS = 500;
const MAX_PAGES = 100;
const MAX_TOOLS_BYTES = 1024 * 1024;

/**
 * Reads all pages of tools. `client.listTools()` is not used because it would compile each schema
 * of the server.
 * @throws McpFault when there are too many tools, or too large ones
 */
export async function fetchTools(client: Client, timeout: number): Promise<McpTool[]> {
  if (!client.getServerCapabilities()?.tools) return [];
  const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const tools: McpTool[] = [];
  let cursor: string | undefined;
  let bytes = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await client.request(
      { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
      ListToolsResultSchema,
      { timeout },
    );
    const more = answer.tools.map(({ name, description, inputSchema }) => ({
      name,
      description: description ?? null,
      inputSchema,
    }));
    bytes += Buffer.byteLength(JSON.stringify(more));
    checkSize(tools.length + more.length, bytes);
    tools.push(...more);
    cursor = answer.nextCursor;
    if (cursor === undefined) return tools;
  }
  throw new McpFault('too_large', `The server has more than ${MAX_PAGES} pages of tools.`);
}

function checkSize(tools: number, bytes: number): void {
  if (tools > MAX_TOOLS)
    throw new McpFault('too_large', `The server has more than ${MAX_TOOLS} tools.`);
  if (bytes > MAX_TOOLS_BYTES)
    throw new McpFault(
      'too_large',
      `The tools of the server have more than ${MAX_TOOLS_BYTES} bytes.`,
    );
}
