import { packedBytes, textBytes } from '../../platform/database/index.js';

/** Returns SQL for the bytes of a message, as quotas and pages count them. */
export const messageSize = (row: string): string =>
  `(${textBytes(`${row}.content`)} + ${packedBytes(`${row}.metadata`)})`;
