// Memory blocks as resources: `threadkeep://memory-blocks/<label>`, with `?agentId=` for the block of
// one agent.
import type { ListResourcesResult, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';
import { pathOf } from '../own-api.js';
import { notFound } from './protocol-errors.js';
import type { ToolClient } from './tool.js';
import { objectsIn } from './views.js';

const BLOCK_URI = 'threadkeep://memory-blocks/';
const mimeType = 'text/plain';

export async function listBlocks({ call }: ToolClient): Promise<ListResourcesResult> {
  const blocks = objectsIn(await call({ method: 'GET', path: '/v1/memory-blocks' }));
  return {
    resources: blocks.map(({ label, agentId }) => ({
      ...{ uri: uriOf(String(label), agentId), name: String(label), mimeType },
      title: `Memory block ${String(label)}`,
    })),
  };
}

export async function readBlock(uri: string, { call }: ToolClient): Promise<ReadResourceResult> {
  const url = uri.startsWith(BLOCK_URI) && URL.canParse(uri) ? new URL(uri) : null;
  // A label has only characters that stand in a URI as they are.
  const label = url?.pathname.slice(1) ?? '';
  if (!url || !/^[\w.-]+$/.test(label)) throw notFound('resource');
  const agentId = url.searchParams.get('agentId') ?? undefined;
  const path = pathOf`v1/memory-blocks/${label}`;
  const { content } = await call({ method: 'GET', path, query: { agentId } });
  return { contents: [{ uri, mimeType, text: String(content) }] };
}

function uriOf(label: string, agentId: unknown): string {
  const query = typeof agentId === 'string' ? `?agentId=${encodeURIComponent(agentId)}` : '';
  return `${BLOCK_URI}${label}${query}`;
}
