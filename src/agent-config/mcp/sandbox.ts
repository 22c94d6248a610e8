// Runs checked commands isolated from the service, its environment and its files, as far as the
// system allows.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { type Config } from '../../platform/config/config.js';
import { childEnvironment } from './child-environment.js';
import { McpFault } from './mcp-fault.js';
import { type StdioServer } from './mcp-server.js';
import { type Isolation, ISOLATIONS, isolatedCommandLine } from './isolation.js';

/**
 * User ids that neither Debian nor systemd assigns. No two commands have the same at a time, so that
 * they cannot reach each other.
 */
const FIRST_UID = 60_706;
const UIDS = 64;
const PROBE_TIMEOUT_MS = 3_000;
const PROBE_CPU_SECONDS = 40;

/** Command line to start, and what to remove afterwards. */
export interface Cell {
  file: string;
  args: string[];
  env: Record<string, string>;
  identity: { uid?: number; gid?: number };
  leave: () => Promise<void>;
}

/** Created once for each process, because it detects only once what the system supports. */
export class Sandbox {
  private detected: Promise<Isolation> | undefined;
  private readonly uids = unusedUids();
  private readonly taken = new Set<number>();
  private entered = 0;

  /** @param config names the files to hide */
  constructor(private readonly config: Pick<Config, 'dataDir' | 'vaultKeysFile'>) {}

  /** Returns the strongest isolation that works here. */
  isolation(): Promise<Isolation> {
    this.detected ??= this.detect();
    return this.detected;
  }

  /**
   * @param cpuSeconds processor time of each process
   * @throws McpFault when too many commands run
   */
  async enter(server: StdioServer, cpuSeconds: number): Promise<Cell> {
    return this.cell(await this.isolation(), server, cpuSeconds);
  }

  private async cell(
    isolation: Isolation,
    { command, args, env }: StdioServer,
    cpuSeconds: number,
  ): Promise<Cell> {
    const uid = ISOLATIONS[isolation].ownUser ? this.freeUid() : null;
    const home = await mkdtemp(join(tmpdir(), 'threadkeep-mcp-'));
    const leave = async () => {
      await rm(home, { recursive: true, force: true });
      if (uid !== null) this.taken.delete(uid);
    };
    if (uid !== null) await chown(home, uid, uid);
    const place = { home, uid, hidden: this.hidden().filter(existsSync), cpuSeconds };
    return {
      ...isolatedCommandLine(isolation, place, [command, ...args]),
      env: childEnvironment(env, home),
      leave,
    };
  }

  private freeUid(): number {
    for (let tries = 0; tries < this.uids.length; tries++) {
      const uid = this.uids[this.entered++ % this.uids.length]!;
      if (this.taken.has(uid)) continue;
      this.taken.add(uid);
      return uid;
    }
    throw new McpFault('unreachable', 'Too many commands are running. Try again later.');
  }

  /** Paths that may contain secrets of the service. */
  private hidden(): string[] {
    const { dataDir, vaultKeysFile } = this.config;
    const files = [
      dataDir ?? '.threadkeep',
      ...(vaultKeysFile === undefined ? [] : [vaultKeysFile]),
      '.env',
      '/var/lib/threadkeep',
      '/run/secrets',
    ];
    return files.map((file) => resolve(file));
  }

  private async detect(): Promise<Isolation> {
    const isRoot = process.getuid?.() === 0;
    for (const isolation of isRoot
      ? (['namespaces', 'user'] as const)
      : (['user_namespace'] as const)) {
      if (await this.works(isolation)) return announced(isolation);
    }
    return announced('none');
  }

  private async works(isolation: Isolation): Promise<boolean> {
    const probe: StdioServer = { transport: 'stdio', command: 'true', args: [], env: {} };
    const { file, args, env, identity, leave } = await this.cell(
      isolation,
      probe,
      PROBE_CPU_SECONDS,
    );
    try {
      return await new Promise<boolean>((done) => {
        const child = spawn(file, args, {
          cwd: '/',
          env,
          ...identity,
          stdio: 'ignore',
          timeout: PROBE_TIMEOUT_MS,
          killSignal: 'SIGKILL',
        });
        child.on('error', () => done(false)).on('exit', (code) => done(code === 0));
      });
    } catch {
      // spawn throws some errors instead of emitting them, such as for a uid that this process may
      // not take.
      return false;
    } finally {
      await leave();
    }
  }
}

function announced(isolation: Isolation): Isolation {
  new Logger('Sandbox').log(
    `Commands of MCP servers run with isolation ${isolation}: ${ISOLATIONS[isolation].means}.`,
  );
  return isolation;
}

function unusedUids(passwd = '/etc/passwd'): number[] {
  const used = new Set(
    existsSync(passwd)
      ? readFileSync(passwd, 'utf8')
          .split('\n')
          .map((line) => Number(line.split(':')[2]))
      : [],
  );
  return Array.from({ length: UIDS }, (_, i) => FIRST_UID + i).filter((uid) => !used.has(uid));
}
