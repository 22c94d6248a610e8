// The application's JSON Schema of the settings of users.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import type { FieldError } from '../errors/index.js';
import { readFileOrReport } from './setting-files.js';

/** Finds the first fault of some settings. Its pointer begins at the settings. */
export type SettingsCheck = (settings: Record<string, unknown>) => FieldError | null;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

/** Compiles the schema of a file, in JSON Schema of draft 2020-12. */
export const settingsSchemaFile = z
  .string()
  .transform(readFileOrReport)
  .transform((text, context): SettingsCheck => {
    try {
      const schema = JSON.parse(text) as Record<string, unknown>;
      return checkBy(new Ajv2020({ validateFormats: false, strictTypes: false }).compile(schema));
    } catch (error) {
      context.addIssue(`cannot be read as a JSON Schema of draft 2020-12: ${reasonOf(error)}`);
      return z.NEVER;
    }
  });

const checkBy =
  (fits: ValidateFunction): SettingsCheck =>
  (settings) => {
    if (fits(settings)) return null;
    const [error] = fits.errors ?? [];
    return { pointer: error?.instancePath ?? '', message: error?.message ?? 'does not fit' };
  };
