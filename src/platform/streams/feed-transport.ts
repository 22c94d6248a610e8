// Carries the change feed between processes. What it carries may be lost, repeated or forged.
export interface FeedListener {
  /** Called with what another process has published. */
  heard: (payload: string) => void;
  /** Called when others are heard again. What they published before may be lost. */
  connected: () => void;
}

export abstract class FeedTransport {
  /** Call it once, in a constructor. */
  abstract start(listener: FeedListener): void;
  /** False while nothing is heard from other processes. */
  abstract readonly isConnected: boolean;
  /** Sends it to other processes, unless the connection is lost. At most 8,000 bytes of ASCII. */
  abstract publish(payload: string): void;
}
