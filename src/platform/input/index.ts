// Reads and checks what clients send: JSON, bodies, query strings, path parameters and times.
export { canonicalJson, sha256Hex } from './canonical-json.js';
export {
  emptyAsNull,
  hasMoreFields,
  isLongerThan,
  isPlainObject,
  pointerToken,
} from './json-value.js';
export {
  boolean,
  withDescription,
  IdParameter,
  integer,
  isUuid,
  MAX_INTEGER,
  NameParameter,
  oneOf,
  someOf,
  type Parsed,
  type QueryField,
  QueryShape,
  type Shape,
  text,
  time,
  exactTimeOrDay,
  timeOrDay,
  Unreadable,
  uuid,
  type ValuesOf,
  WITH_COMMAS,
} from './query.js';
export {
  compareTimes,
  type EntityOrRow,
  isDay,
  parseExactTime,
  parseExactTimeOrDay,
  parseTime,
  parseTimeOrDay,
  isTimeZone,
  MAX_ZONE_LENGTH,
  rfc3339,
  rfc3339OrNull,
  toMilliseconds,
} from './time.js';
export { MAX_UUID, NIL_UUID } from './uuid-bounds.js';
export { BodyField } from './body-field.js';
export { declaresField, faultsOf, validateBody } from './body-reader.js';
export {
  bodyRule,
  CheckedBy,
  EACH_ITEM,
  HasForm,
  IsId,
  IsJsonObject,
  IsListOf,
  IsNested,
  IsNotBlank,
  IsOmittable,
  IsOpaqueObject,
  IsTime,
  IsTimeOrDay,
  IsTimeZone,
  isBoundedObject,
  JSON_OBJECT_MAX_BYTES,
  MaxBytes,
  MaxValues,
  TIME_SCHEMA,
  type ValueCheck,
} from './body-rules.js';
export { ExactNumber, writeJson } from './exact-json.js';
export { nearName } from './near-name.js';
export { mergePatch } from './merge-patch.js';
export { BodyValidationPipe, sent } from './validation.js';
export { JSON_LIMITS, parseJson } from './json-guard.js';
export { parseJsonText } from './json-text.js';
export { storableFaults, storableText } from './storable-text.js';
export { VOCABULARY, words } from './words.js';
