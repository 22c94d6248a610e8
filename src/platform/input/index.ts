// What clients send, read and checked: JSON, bodies, query strings, path parameters and times.
export { hasMoreFields, isPlainObject, pointerToken } from './json-value.js';
export {
  boolean,
  described,
  IdParameter,
  integer,
  isUuid,
  NameParameter,
  oneOf,
  type Parsed,
  type QueryField,
  QueryShape,
  type Shape,
  text,
  time,
  Unreadable,
  uuid,
  WITH_COMMAS,
} from './query.js';
export { isDay, parseTime, rfc3339, rfc3339OrNull } from './time.js';
export {
  BodyValidationPipe,
  IsId,
  IsOpaqueObject,
  IsTime,
  isBoundedObject,
  JSON_OBJECT_MAX_BYTES,
  sent,
  validateBody,
} from './validation.js';
