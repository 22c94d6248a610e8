// Changes the settings of users, within their size and the application's schema.
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { RequestErrors } from '../platform/errors/index.js';
import {
  isBoundedObject,
  JSON_OBJECT_MAX_BYTES,
  mergePatch,
  words,
} from '../platform/input/index.js';
import { UserErrors } from './users.errors.js';

type Settings = Record<string, unknown>;

@Injectable()
export class UserSettings {
  constructor(private readonly config: Config) {}

  /**
   * Applies a JSON Merge Patch.
   * @throws AppError 422 when the result is too large or does not fit the schema
   */
  changed(stored: Settings, patch: Settings): Settings {
    const settings = mergePatch(stored, patch);
    if (!isBoundedObject(settings))
      throw RequestErrors.invalidBody({
        errors: [{ pointer: '/settings', message: words.objectOfBytes(JSON_OBJECT_MAX_BYTES) }],
      });
    this.check(settings);
    return settings;
  }

  /** @throws AppError 422 when the settings do not fit the schema */
  check(settings: Settings): void {
    const fault = this.config.identity.settingsFault?.(settings);
    if (!fault) return;
    const errors = [{ pointer: `/settings${fault.pointer}`, message: fault.message }];
    throw UserErrors.settingsRefused({ errors });
  }
}
