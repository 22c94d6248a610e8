// The memory tool of Claude, whose files are kept for a user.
import { ROOT, memoryPath, parentsOf } from './claude-memory-paths.js';
import { isSameFile, type MemoryFile, MemoryFiles } from './claude-memory-files.js';
import { listing, numbered, occurrences } from './claude-memory-texts.js';
import type { User } from './user.js';

/** Longest text of a file, in UTF-16 units. */
const MAX_FILE_LENGTH = 19_000;
/** Times that an edit is made again because somebody else was faster. */
const MAX_ATTEMPTS = 10;
/** Lines that the snippet after an edit shows before and after it. */
const SNIPPET_LINES = 2;

/** Commands of the memory tool, as the model sends them. */
export interface MemoryCommands {
  view: { path: string; view_range?: number[] };
  create: { path: string; file_text: string };
  str_replace: { path: string; old_str: string; new_str: string };
  insert: { path: string; insert_line: number; insert_text: string };
  delete: { path: string };
  rename: { old_path: string; new_path: string };
}

/**
 * Handlers of the memory tool `memory_20250818` for a user:
 * `betaMemoryTool(new ThreadkeepMemory(tk.user('ada')))`. Each file is a memory block. An edit is
 * made from the newest text, so that of two edits at the same time none is lost.
 */
export class ThreadkeepMemory {
  private readonly files: MemoryFiles;

  /** @param agentId names the memory. Agents with the same name share their files. */
  constructor(user: User, { agentId = 'claude-memory' }: { agentId?: string } = {}) {
    this.files = new MemoryFiles(user, agentId);
  }

  /** Shows a file with line numbers, or what is in a directory. */
  async view(command: MemoryCommands['view']): Promise<string> {
    const path = memoryPath(command.path);
    const file = path === ROOT ? null : await this.files.find(path);
    if (file) return viewOf(path, file.text, command.view_range);
    const inside = filesIn(path, await this.files.all());
    if (path !== ROOT && inside.length === 0) throw missing(path);
    return listing(path, inside);
  }

  async create(command: MemoryCommands['create']): Promise<string> {
    const path = memoryPath(command.path);
    const text = textOf(command.file_text, 'file_text', path);
    return this.attempt(path, async () => {
      const all = await this.files.all();
      if (exists(path, all)) throw new Error(`File ${path} already exists`);
      refuseInsideOfFile(path, all);
      return (await this.files.write(path, text, null)) && `File created successfully at: ${path}`;
    });
  }

  /** Replaces a text that occurs once. */
  async str_replace(command: MemoryCommands['str_replace']): Promise<string> {
    const path = memoryPath(command.path);
    const { old_str: old, new_str: replacement = '' } = command;
    if (typeof old !== 'string' || old === '')
      throw new Error('No replacement was performed. `old_str` must be a text that is not empty');
    if (typeof replacement !== 'string')
      throw new Error('No replacement was performed. `new_str` must be a text');
    return this.edit(path, ({ text }) => {
      const found = occurrences(text, old);
      if (found.length === 0)
        throw new Error(
          `No replacement was performed, old_str \`${old}\` did not appear verbatim in ${path}.`,
        );
      const lines = found.map((at) => text.slice(0, at).split('\n').length);
      if (found.length > 1)
        throw new Error(
          `No replacement was performed. Multiple occurrences of old_str \`${old}\` in lines: ${[...new Set(lines)].join(', ')}. Please ensure it is unique`,
        );
      const after = text.slice(0, found[0]) + replacement + text.slice(found[0]! + old.length);
      const changed = replacement.split('\n').length;
      const snippet = numbered(
        after,
        lines[0]! - SNIPPET_LINES,
        lines[0]! + changed - 1 + SNIPPET_LINES,
      );
      return [
        after,
        `The memory file has been edited. Here is the snippet showing the change (with line numbers):\n${snippet}`,
      ];
    });
  }

  /** Inserts lines behind a line; 0 is the beginning. */
  async insert(command: MemoryCommands['insert']): Promise<string> {
    const path = memoryPath(command.path);
    const { insert_line: line, insert_text: inserted } = command;
    if (typeof inserted !== 'string') throw new Error('Missing `insert_text`: it must be a text');
    return this.edit(path, ({ text }) => {
      const lines = text.split('\n');
      if (!Number.isInteger(line) || line < 0 || line > lines.length)
        throw new Error(
          `Invalid \`insert_line\` parameter: ${line}. It should be within the range of lines of the file: [0, ${lines.length}]`,
        );
      lines.splice(line, 0, inserted.replace(/\n$/, ''));
      return [lines.join('\n'), `The file ${path} has been edited.`];
    });
  }

  /** Removes a file, or a directory with all that is in it. What it said is erased. */
  async delete(command: MemoryCommands['delete']): Promise<string> {
    const path = memoryPath(command.path);
    if (path === ROOT) throw new Error(`Cannot delete the ${ROOT} directory itself`);
    const removed = (await this.files.all()).filter((file) => isAtOrIn(path, file));
    if (removed.length === 0) throw new Error(`The path ${path} does not exist`);
    for (const file of removed) await this.files.discard(file);
    return `Successfully deleted ${path}`;
  }

  /** Renames a file, or a directory file by file. */
  async rename(command: MemoryCommands['rename']): Promise<string> {
    const from = memoryPath(command.old_path, 'old_path');
    const to = memoryPath(command.new_path, 'new_path');
    if (from === ROOT) throw new Error(`Cannot rename the ${ROOT} directory itself`);
    const all = await this.files.all();
    if (to === ROOT || exists(to, all)) throw new Error(`The destination ${to} already exists`);
    const moved = all.filter((file) => isAtOrIn(from, file));
    if (moved.length === 0) throw new Error(`The path ${from} does not exist`);
    if (to.startsWith(`${from}/`)) throw new Error(`Cannot move ${from} into itself`);
    refuseInsideOfFile(to, all);
    const destinations = moved.map(({ path }) =>
      memoryPath(to + path.slice(from.length), 'new_path'),
    );
    for (const [i, file] of moved.entries()) await this.move(file, destinations[i]!);
    return `Successfully renamed ${from} to ${to}`;
  }

  /** Writes the new file before it removes the old one, and again when the old one was edited meanwhile. */
  private async move(file: MemoryFile, to: string): Promise<void> {
    let [old, copy]: [MemoryFile | null, MemoryFile | null] = [file, null];
    for (let attempt = 0; attempt < MAX_ATTEMPTS && old !== null; attempt++) {
      const written = await this.files.write(to, old.text, copy);
      if (written) {
        if (await this.files.remove(old)) return;
        [old, copy] = [await this.files.find(file.path), written];
      } else if (!isSameFile(copy, await this.files.find(to)))
        throw new Error(
          copy === null
            ? `The destination ${to} already exists`
            : `${file.path} and ${to} were both edited meanwhile. Both are kept: view them.`,
        );
    }
    if (old !== null) throw busy(file.path);
  }

  /** Makes an edit from the newest text, as often as others write first. */
  private edit(path: string, change: (file: MemoryFile) => [text: string, answer: string]) {
    return this.attempt(path, async () => {
      const file = path === ROOT ? null : await this.files.find(path);
      if (!file) {
        const isDirectory = path === ROOT || exists(path, await this.files.all());
        throw isDirectory ? new Error(`The path ${path} is not a file.`) : missing(path);
      }
      const [text, answer] = change(file);
      return (await this.files.write(path, textOf(text, 'new text', path), file)) && answer;
    });
  }

  private async attempt(path: string, write: () => Promise<string | null>): Promise<string> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const answer = await write();
      if (answer !== null) return answer;
    }
    throw busy(path);
  }
}

function viewOf(path: string, text: string, range: number[] | undefined): string {
  const [first = 1, last = -1] = range?.length === 2 ? range : [];
  if (!Number.isInteger(first) || !Number.isInteger(last))
    throw new Error('Invalid `view_range` parameter: it should be two numbers of lines');
  const invalid = `Invalid \`view_range\` parameter: [${first}, ${last}].`;
  const lines = text.split('\n').length;
  if (first > lines)
    throw new Error(
      `${invalid} Its first element \`${first}\` should be within the range of lines of the file: [1, ${lines}]`,
    );
  if (last !== -1 && last < Math.max(first, 1))
    throw new Error(
      `${invalid} Its second element \`${last}\` should be larger or equal than its first \`${first}\``,
    );
  return `Here's the content of ${path} with line numbers:\n${numbered(text, first, last)}`;
}

const isAtOrIn = (path: string, file: MemoryFile): boolean =>
  file.path === path || file.path.startsWith(`${path}/`);
const exists = (path: string, all: MemoryFile[]): boolean =>
  path === ROOT || all.some((file) => isAtOrIn(path, file));
const filesIn = (path: string, all: MemoryFile[]): MemoryFile[] =>
  all.filter((file) => file.path.startsWith(`${path}/`));

function refuseInsideOfFile(path: string, all: MemoryFile[]): void {
  const parents = new Set(parentsOf(path));
  const file = all.find((other) => parents.has(other.path));
  if (file) throw new Error(`The path ${file.path} is not a directory.`);
}

/** @throws Error for what is no text, or longer than a file may be */
function textOf(text: unknown, name: string, path: string): string {
  if (typeof text !== 'string') throw new Error(`Missing \`${name}\`: it must be a text`);
  if (text.length > MAX_FILE_LENGTH)
    throw new Error(
      `File ${path} would have ${text.length} characters. Maximum is ${MAX_FILE_LENGTH}: use several files`,
    );
  return text;
}

const missing = (path: string) =>
  new Error(`The path ${path} does not exist. Please provide a valid path.`);
const busy = (path: string) =>
  new Error(`The file ${path} is being changed by others. View it, and try again.`);
