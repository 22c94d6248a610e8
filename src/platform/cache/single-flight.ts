// Single flight: concurrent lookups of the same entry share one.

/** One lookup, with the build that may follow it. */
export interface Flight {
  readonly userId: string;
  /** Set when the user was forgotten meanwhile: the value is returned, but not cached. */
  discarded: boolean;
}

export const newFlight = (userId: string): Flight => ({ userId, discarded: false });

export class SingleFlight {
  private readonly inFlight = new Map<
    string,
    { readonly flight: Flight; readonly result: Promise<unknown> }
  >();

  /**
   * The result of the flight in progress. The caller must know its type.
   * @param id must contain the user's id
   */
  find(id: string): Promise<unknown> | undefined {
    return this.inFlight.get(id)?.result;
  }

  /** Starts a flight. A failure goes to everyone who waits, and is not cached. */
  start<T>(id: string, userId: string, fly: (flight: Flight) => Promise<T>): Promise<T> {
    const flight = newFlight(userId);
    const result = fly(flight).finally(() => {
      if (this.inFlight.get(id)?.flight === flight) this.inFlight.delete(id);
    });
    this.inFlight.set(id, { flight, result });
    return result;
  }

  discard(userId: string): void {
    for (const [id, { flight }] of this.inFlight) {
      if (flight.userId !== userId) continue;
      flight.discarded = true;
      this.inFlight.delete(id);
    }
  }
}
