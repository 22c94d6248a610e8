export { Announcement, nextChange } from './announcement.js';
export { ChangeFeed, type Viewer } from './change-feed.js';
export { acceptSocket, type ClientSocket, CLOSE_CODES } from './client-socket.js';
export { type OpenStream, OpenStreams } from './open-streams.js';
export { StreamsModule } from './streams.module.js';
