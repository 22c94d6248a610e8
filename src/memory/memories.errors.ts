import { type AppError, defineErrors, mapConstraint } from '../platform/errors/index.js';

export const MemoryErrors = defineErrors('memory', {
  notFound: { status: 404, title: 'No such memory' },
  versionNotFound: { status: 404, title: 'The memory has no such version' },
  erased: { status: 410, title: 'The content of this memory has been erased' },
  deletedImport: { status: 410, title: 'A memory of this import was forgotten here' },
  duplicate: { status: 409, title: 'Another memory of this user already has the same content' },
  similar: { status: 409, title: 'Another memory of this user says nearly the same' },
  invalidSpan: { status: 422, title: 'validTo of the memory must be after its validFrom' },
  supersededNotFound: { status: 422, title: 'A memory that is to be superseded does not exist' },
  contended: { status: 409, title: 'Other requests keep changing this memory. Try again' },
  blockNotFound: { status: 404, title: 'No such memory block' },
  blockChanged: {
    status: 409,
    title: 'The memory block does not have the expected version or content hash',
  },
  tooManyBlocks: {
    status: 422,
    title: 'This user already has the maximum number of memory blocks (100)',
  },
  refused: {
    status: 422,
    title: 'The memory contains a secret or personal data that this service does not store',
  },
  sourceNotFound: { status: 422, title: 'A source message of the memory does not exist' },
  conversationNotFound: { status: 422, title: 'The conversation of the memory does not exist' },
  sealed: { status: 400, title: 'Memories are sealed, so the database cannot search their words' },
  indexing: { status: 503, title: 'The search index of this user is still being built. Try again' },
});

mapConstraint('memory__fingerprint', () =>
  MemoryErrors.duplicate({ detail: 'Change the other memory, or forget one of the two first.' }),
);
/** @param path of the object with the field, such as `/memories/3` */
export const noSuchConversation = (path = ''): AppError =>
  MemoryErrors.conversationNotFound({
    errors: [{ pointer: `${path}/conversationId`, message: 'names no conversation of this user' }],
  });

mapConstraint('memory__conversation_fk', () => noSuchConversation());
mapConstraint('memory_source__message_known', () =>
  MemoryErrors.sourceNotFound({
    errors: [{ pointer: '/sourceMessageIds', message: 'must be ids of messages of this user' }],
  }),
);
mapConstraint('memory__valid_span', () => MemoryErrors.invalidSpan());
mapConstraint('memory__user_fk', () => MemoryErrors.notFound());
mapConstraint('memory_head__user_fk', () => MemoryErrors.notFound());
