// Checks what the schema cannot: parameters of the model's provider, names of tools and their JSON
// Schemas.
import { Injectable } from '@nestjs/common';
import type { FieldError } from '../../platform/errors/index.js';
import { WorkerPool, workerTask } from '../../platform/workers/index.js';
import { type Content, faultyParameters } from './content.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { schemaFault } from './json-schema.js';

/** Characters of schemas that are checked within a few milliseconds. More go to a worker thread. */
const MAX_INLINE_CHARACTERS = 8_192;

const FAULTS = workerTask<string[], (string | null)[]>(import.meta.url, './json-schema.task');

@Injectable()
export class ContentChecks {
  constructor(private readonly workers: WorkerPool) {}

  /**
   * Checks a content, and moves parameters that the provider does not define to `extra`.
   * @throws AppError `agent_config.invalid_content`; also what `WorkerPool.run` throws
   */
  async refuseFaults(content: Content): Promise<void> {
    const errors = [...(await this.faultyTools(content)), ...faultyParameters(content)];
    if (errors.length > 0) throw AgentConfigErrors.invalidContent({ errors });
  }

  private async faultyTools({ tools }: Content): Promise<FieldError[]> {
    const faults = await this.schemaFaults(tools.map(({ parameters }) => parameters ?? {}));
    const names = new Set<string>();
    return tools.flatMap(({ name }, i) => {
      const pointer = `/tools/${i}`;
      const isTaken = names.has(name);
      names.add(name);
      const fault = faults[i] ?? null;
      return [
        ...(isTaken
          ? [
              {
                pointer: `${pointer}/name`,
                message: 'is the name of another tool: names must be unique',
              },
            ]
          : []),
        ...(fault === null ? [] : [{ pointer: `${pointer}/parameters`, message: fault }]),
      ];
    });
  }

  private async schemaFaults(schemas: Record<string, unknown>[]): Promise<(string | null)[]> {
    const texts = schemas.map((schema) => JSON.stringify(schema));
    const characters = texts.reduce((sum, { length }) => sum + length, 0);
    if (characters <= MAX_INLINE_CHARACTERS) return schemas.map(schemaFault);
    return this.workers.run(FAULTS, texts);
  }
}
