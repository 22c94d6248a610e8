// Files of a memory, each in a memory block.
import { isCode, ThreadkeepError } from './errors.js';
import { labelOf, ROOT } from './claude-memory-paths.js';
import type { Block } from './types.js';
import type { User } from './user.js';

const BLOCK = '/v1/memory-blocks/{label}';

/** A file as it was read. */
export interface MemoryFile {
  path: string;
  text: string;
  block: Block;
}

/**
 * Reads and writes files. A block begins with a line that has the path, because it may not be blank
 * and its label may be a digest. Blocks of an agent that nobody runs are in no context.
 */
export class MemoryFiles {
  constructor(
    private readonly user: User,
    private readonly agentId: string,
  ) {}

  /** All files. Blocks that others have written are none. */
  async all(): Promise<MemoryFile[]> {
    const blocks = await this.user.blocks.list();
    const files = blocks.filter(({ agentId }) => agentId === this.agentId).flatMap(fileIn);
    const labels = await Promise.all(files.map(({ path }) => labelOf(path)));
    return files.filter(({ block }, i) => block.label === labels[i]);
  }

  /** Null when there is none, or the block is no file. */
  async find(path: string): Promise<MemoryFile | null> {
    const call = { path: { label: await labelOf(path) }, query: { agentId: this.agentId } };
    try {
      const block = await this.user.request(`GET ${BLOCK}`, call);
      const [file] = fileIn(block);
      return file?.path === path ? file : null;
    } catch (error) {
      if (isCode(error, 'memory.block_not_found')) return null;
      throw error;
    }
  }

  /**
   * Writes the whole text, unless somebody else has written since it was read.
   * @param before what it follows; null for a new file
   * @returns what is written; null when another write came first
   * @throws ThreadkeepError also when no try was answered and the file is as before
   */
  async write(path: string, text: string, before: MemoryFile | null): Promise<MemoryFile | null> {
    const version = before?.block.version ?? 0;
    const content = `${path}\n${text}`;
    const body = {
      content,
      expectedVersion: version,
      // A file that was removed and made again has the same version, and another text.
      ...(before && { expectedSha256: before.block.sha256 }),
    };
    let isRetried = false;
    const call = {
      path: { label: await labelOf(path) },
      query: { agentId: this.agentId },
      body,
      onRetry: () => void (isRetried = true),
    };
    try {
      return { path, text, block: await this.user.request(`PUT ${BLOCK}`, call) };
    } catch (error) {
      const isChanged = isCode(error, 'memory.block_changed');
      if (isChanged && !isRetried) return null;
      if (!isChanged && !mayBeDone(error)) throw error;
      // An earlier try may have been done, and its answer lost.
      const now = await this.find(path);
      if (now?.block.version === version + 1 && now.block.content === content) return now;
      if (!isChanged && isSameFile(now, before)) throw error;
      return null;
    }
  }

  /**
   * Removes a file. It is written once more before, as it is: a write compares texts, and a removal
   * only versions, which begin at 1 again in a file that was removed and made again.
   * @returns false when it has changed since it was read
   */
  async remove(file: MemoryFile): Promise<boolean> {
    const { path, text } = file;
    const mark = await this.write(path, text, file);
    return mark !== null && this.delete(path, { 'if-match': `"${mark.block.version}"` });
  }

  /** Removes a file, whatever it says by now. */
  async discard({ path }: MemoryFile): Promise<void> {
    await this.delete(path, {});
  }

  private async delete(path: string, headers: Record<string, string>): Promise<boolean> {
    const place = { path: { label: await labelOf(path) }, query: { agentId: this.agentId } };
    try {
      await this.user.request(`DELETE ${BLOCK}`, { ...place, headers });
    } catch (error) {
      if (isCode(error, 'request.precondition_failed')) return false;
      // Removed by an earlier try whose answer was lost, or by somebody else.
      if (!isCode(error, 'memory.block_not_found')) throw error;
    }
    return true;
  }
}

/** Tells whether nobody has written in between. */
export const isSameFile = (a: MemoryFile | null, b: MemoryFile | null): boolean =>
  a?.block.version === b?.block.version && a?.block.sha256 === b?.block.sha256;

/** The file that a block is; none for a block without a path. */
function fileIn(block: Block): MemoryFile[] {
  const { content } = block;
  const end = content.indexOf('\n');
  if (end < 0 || !content.startsWith(`${ROOT}/`)) return [];
  return [{ path: content.slice(0, end), text: content.slice(end + 1), block }];
}

/** True for a write whose answer was lost, or that the service asks to send again. */
const mayBeDone = (error: unknown): boolean =>
  error instanceof ThreadkeepError &&
  (error.retryAfterMs !== null ||
    (error.code.startsWith('client.') && (error.status === null || error.status >= 500)));
