// The registry of all error codes. The filter, the OpenAPI document and the documentation are
// checked against it.
export interface ErrorDefinition {
  status: number;
  title: string;
  /** True for a 5xx that refuses a request on purpose, and is no fault. */
  isRefusal?: boolean;
}

const definitions = new Map<string, ErrorDefinition>();

export const ErrorRegistry = {
  add(code: string, definition: ErrorDefinition): void {
    if (definitions.has(code)) throw new Error(`error code ${code} is defined twice`);
    definitions.set(code, definition);
  },
  /** All codes, sorted. */
  codes: (): string[] => [...definitions.keys()].sort(),
  get: (code: string): ErrorDefinition | undefined => definitions.get(code),
};

/** The header `Link` of a problem: the page about its code. `type` stays a name without a place. */
export const problemLink = (code: string): string => `</docs/errors/${code}>; rel="help"`;

/** The `type` of a problem document. */
export const problemType = (code: string): string => `urn:threadkeep:problem:${code}`;
