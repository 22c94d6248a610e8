// What a configuration is refused for.
import { ConfigError, loadConfig } from '../../src/platform/config/config.js';

/** Returns the message with which `env` is refused. */
export function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
  throw new Error('nothing was refused');
}
