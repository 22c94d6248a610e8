// The one list of error codes, from which the filter, the OpenAPI document and the documentation are checked.
export interface ErrorDefinition {
  status: number;
  title: string;
  /** A 5xx that is no fault of ours. */
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

/** The `type` member of a problem document for a code. */
export const problemType = (code: string): string => `urn:threadkeep:problem:${code}`;
