import type { GuardFamily } from '../config/memory-settings.js';
import type { FieldError } from '../errors/index.js';
import { type GuardedLines, refusedFields } from './refused-fields.js';

export interface RefusedFieldsInput {
  fields: GuardedLines;
  families: ReadonlySet<GuardFamily>;
}

export default ({ fields, families }: RefusedFieldsInput): FieldError[] =>
  refusedFields(fields, families);
