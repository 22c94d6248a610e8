import { defineErrors } from '../../platform/errors/index.js';

export const StreamErrors = defineErrors('stream', {
  watchOpen: { status: 409, title: 'The WebSocket has a watch with this id' },
  noWatch: { status: 404, title: 'The WebSocket has no watch with this id' },
});
