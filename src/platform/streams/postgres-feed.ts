// Carries the change feed by NOTIFY, on the connection that listens already.
import type { Notifications } from '../database/index.js';
import { type FeedListener, FeedTransport } from './feed-transport.js';

const CHANNEL = 'threadkeep_changes';

export class PostgresFeed extends FeedTransport {
  constructor(private readonly notifications: Notifications) {
    super();
  }

  override start({ heard, connected }: FeedListener): void {
    this.notifications.subscribe(CHANNEL, {
      notified: heard,
      listeningChanged: (isListening) => isListening && connected(),
    });
  }

  override get isConnected(): boolean {
    return this.notifications.isListening;
  }

  override publish(payload: string): void {
    this.notifications.notify(CHANNEL, payload);
  }
}
