// Schemas that several settings share.
import { z } from 'zod';

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const seconds = (fallback: number) =>
  z.coerce.number().positive().max(3600).default(fallback);
export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// URL');
export const count = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback);
