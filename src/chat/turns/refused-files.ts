// Refuses files of a request that its model cannot be sent. Those of earlier messages are left out of a call.
import type { NewMessage } from '../../conversations/index.js';
import { requestMessages } from '../../conversations/parts/index.js';
import type { ModelApi } from '../../platform/config/model-settings.js';
import { type FieldError, MAX_FAULTS, RequestErrors } from '../../platform/errors/index.js';
import { nameOf, promptOf, untakenFiles } from '../models/index.js';

/** @throws AppError 422 that names each file and the message that has it */
export function refuseFiles(
  messages: readonly NewMessage[],
  provider: string,
  api: ModelApi,
): void {
  const faults = messages.flatMap((message, i): FieldError[] => {
    const prompt = promptOf({ messages: requestMessages([message]) });
    return untakenFiles(prompt, api).map((file) => ({
      pointer: `/messages/${i}`,
      message: `has a file that the provider ${provider} does not take in this form: ${nameOf(file)}`,
    }));
  });
  if (faults.length > 0) throw RequestErrors.invalidBody({ errors: faults.slice(0, MAX_FAULTS) });
}
