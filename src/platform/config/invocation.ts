// How the process was called.

/** @returns `threadkeep import`, or `npm run import --` within that script of npm */
export const invocationOf = (
  command: string,
  { npm_lifecycle_event: script }: NodeJS.ProcessEnv = process.env,
): string => (script === command ? `npm run ${command} --` : `threadkeep ${command}`);

/** The folders in which commands are searched, as the shell has them. */
export const searchPath = (): string | undefined => process.env['PATH'];
