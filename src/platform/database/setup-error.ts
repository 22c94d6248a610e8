/** The database cannot be used as it is; the message says what to do and is shown at start without a stack. */
export class DatabaseSetupError extends Error {
  override readonly name = 'DatabaseSetupError';
}
