// Fields that many bodies and answers share, described once:
// `@ApiProperty(commonFields.id) id: string`.
export const EXAMPLE_ID = '0198c2f4-5a6b-7c8d-9e0f-1a2b3c4d5e6f';
export const EXAMPLE_TIME = '2026-03-14T09:26:53.589Z';

const time = (description: string) =>
  ({ format: 'date-time', description, example: EXAMPLE_TIME }) as const;

export const commonFields = {
  id: { format: 'uuid', description: 'Unique id (UUIDv7).', example: EXAMPLE_ID },
  version: {
    type: 'integer',
    minimum: 1,
    description: 'Number of the current version: 1 at first, one more after each edit.',
    example: 1,
  },
  metadata: {
    type: 'object',
    additionalProperties: true,
    description: "The application's own JSON object, exactly as it was sent.",
    example: { source: 'web' },
  },
  createdAt: time('Time of creation (RFC 3339, UTC).'),
  updatedAt: time('Time of the last change (RFC 3339, UTC).'),
  deletedAt: {
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time of the deletion; null when it is not deleted.',
  },
} as const;

/** An optional metadata object of a body: `@BodyField(sentMetadata)`. */
export const sentMetadata = {
  description:
    "The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it.",
  example: { source: 'web' },
} as const;
