// What users may set as headers of a connection to an MCP server.

/** Headers of framing and routing, which a user must not set. */
const CONNECTION_HEADERS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|mcp-.*)$/i;

/** Returns what is wrong with the headers, or null. */
export function headersFault(headers: Record<string, string>): string | null {
  try {
    new Headers(headers);
  } catch {
    return 'A header has a name or a value that cannot be sent.';
  }
  return Object.keys(headers).some((name) => CONNECTION_HEADERS.test(name))
    ? 'A header is one that the connection sets itself, such as Host.'
    : null;
}
