// What a tool of the MCP server is.
import type { z } from 'zod';
import type { OwnAnswer, OwnCall } from '../own-api.js';

/** The client that calls a tool. */
export interface ToolClient {
  /**
   * Calls a route as the client.
   * @throws RouteRefusedError
   */
  call: (call: OwnCall) => Promise<OwnAnswer>;
  /** Scheme and host by which the client reaches this service. */
  baseUrl: string;
}

/** What a call of a tool does, by which clients decide whether to ask their user first. */
export type ToolEffect = 'reads' | 'adds' | 'changes' | 'erases';

export interface Tool {
  name: string;
  title: string;
  description: string;
  effect: ToolEffect;
  input: z.ZodObject;
  /** @returns a value of JSON for the model */
  run: (args: unknown, client: ToolClient) => Promise<object>;
}

/** Declares a tool whose arguments have the types of its input. */
export function tool<Input extends z.ZodObject>({
  input,
  run,
  ...rest
}: Omit<Tool, 'input' | 'run'> & {
  input: Input;
  run: (args: z.infer<Input>, client: ToolClient) => Promise<object>;
}): Tool {
  return { ...rest, input, run: (args, client) => run(input.parse(args), client) };
}
