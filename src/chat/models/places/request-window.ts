export const WINDOW_MS = 60_000;

/**
 * The times of the last requests to a provider: no minute has more than `limit` of them. A time may
 * lie ahead, when a request was promised for then.
 */
export class RequestWindow {
  /** A ring: the oldest time is at `oldest`. */
  private readonly times: number[] = [];
  private oldest = 0;

  constructor(private readonly limit: number) {}

  /** Milliseconds from `now` until another request may be sent. */
  waitMs(now: number): number {
    if (this.times.length < this.limit) return 0;
    return Math.max(0, this.times[this.oldest]! + WINDOW_MS - now);
  }

  /** Counts a request that is sent as soon as it may be. @returns the milliseconds until then */
  reserve(now: number): number {
    const waitMs = this.waitMs(now);
    if (this.times.length < this.limit) this.times.push(now);
    else {
      this.times[this.oldest] = now + waitMs;
      this.oldest = (this.oldest + 1) % this.limit;
    }
    return waitMs;
  }

  /** Requests that may be sent at once; it looks at no more than `most` times. */
  room(now: number, most: number): number {
    const unused = this.limit - this.times.length;
    let room = Math.min(unused, most);
    for (let i = 0; room < most && i < this.times.length; i++) {
      if (this.times[(this.oldest + i) % this.times.length]! + WINDOW_MS > now) break;
      room++;
    }
    return room;
  }
}
