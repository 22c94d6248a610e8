// Scripted MCP servers in files, whose command lines are short enough to be saved.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scripted } from './mcp-servers.js';

export class McpScripts {
  private readonly directory = mkdtempSync(join(tmpdir(), 'threadkeep-mcp-scripts-'));
  /** The command lines so far, as `MCP_STDIO_COMMANDS` lists them. */
  readonly commands: string[][] = [];

  constructor() {
    // Whatever user a command becomes.
    chmodSync(this.directory, 0o755);
  }

  /** @param body as of `scripted` @returns what a request to save the server has */
  add(body: string): { transport: 'stdio'; command: string; args: string[] } {
    const file = join(this.directory, `${this.commands.length}.cjs`);
    writeFileSync(file, scripted(body).args[1]!, { mode: 0o644 });
    this.commands.push([process.execPath, file]);
    return { transport: 'stdio', command: process.execPath, args: [file] };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
