/** A tool of an MCP server, within the bounds of what is offered to a model. */
export interface ServerTool {
  /** Name of the server. */
  server: string;
  /** The server's name of the tool. */
  name: string;
  description: string | null;
  /** JSON Schema of the input. */
  inputSchema: Record<string, unknown>;
}

/** What a call of a tool gave, as a text for the model. */
export interface ToolOutput {
  text: string;
  isError: boolean;
}
