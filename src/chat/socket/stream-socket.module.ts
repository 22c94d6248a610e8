// The WebSocket that watches conversations, turns and model calls.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/index.js';
import { ChatModule } from '../chat.module.js';
import { ModelCallsModule } from '../model-calls/model-calls.module.js';
import { StreamSocketController } from './stream-socket.controller.js';
import { WatchedThings } from './watched-things.js';

@Module({
  imports: [ChatModule, ConversationsModule, ModelCallsModule],
  controllers: [StreamSocketController],
  providers: [WatchedThings],
})
export class StreamSocketModule {}
