import type { User } from '../user.entity.js';

/** The fields of a user that are sealed. */
export type Fields = Pick<User, 'email' | 'name' | 'settings'>;
export const FIELDS = ['email', 'name', 'settings'] as const;
export const EMPTY: Fields = { email: null, name: null, settings: {} };

export const hasFields = ({ email, name, settings }: Fields): boolean =>
  email !== null || name !== null || Object.keys(settings).length > 0;
