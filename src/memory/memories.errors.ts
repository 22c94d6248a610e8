import { defineErrors, mapConstraint } from '../platform/errors/index.js';

export const MemoryErrors = defineErrors('memory', {
  notFound: { status: 404, title: 'No such memory' },
  versionNotFound: { status: 404, title: 'The memory has no such version' },
  erased: { status: 410, title: 'The content of this memory has been erased' },
  duplicate: { status: 409, title: 'Another memory says the same' },
  invalidSpan: { status: 422, title: 'The memory would cease to be true before it begins' },
  contended: { status: 409, title: 'The memory is being changed by others at the same time' },
  blockNotFound: { status: 404, title: 'No such memory block' },
  blockChanged: { status: 409, title: 'The memory block has other content than expected' },
  tooManyBlocks: { status: 422, title: 'This user has as many memory blocks as there may be' },
  refused: { status: 422, title: 'The memory holds what must not be stored' },
  sourceNotFound: { status: 422, title: 'No such message' },
  conversationNotFound: { status: 422, title: 'No such conversation' },
  indexing: { status: 503, title: 'The search index of this user is being built' },
});

mapConstraint('memory__fingerprint', () => MemoryErrors.duplicate());
mapConstraint('memory__conversation_fk', () =>
  MemoryErrors.conversationNotFound({
    errors: [{ pointer: '/conversationId', message: 'is no conversation of this user' }],
  }),
);
mapConstraint('memory_source__message_known', () =>
  MemoryErrors.sourceNotFound({
    errors: [
      { pointer: '/sourceMessageIds', message: 'names a message that this user does not have' },
    ],
  }),
);
mapConstraint('memory__valid_span', () => MemoryErrors.invalidSpan());
mapConstraint('memory__user_fk', () => MemoryErrors.notFound());
mapConstraint('memory_head__user_fk', () => MemoryErrors.notFound());
