// Lookups under way: whoever asks for the same entry meanwhile waits for the one that began.

/** One lookup, perhaps with a build. */
export interface Flight {
  readonly userId: string;
  /** The user was forgotten meanwhile: the value goes to who asked, and nowhere else. */
  discarded: boolean;
}

export const newFlight = (userId: string): Flight => ({ userId, discarded: false });

export class Flights {
  private readonly underWay = new Map<
    string,
    { readonly flight: Flight; readonly landing: Promise<unknown> }
  >();

  /** The landing of the flight of this id, whose type is for the caller to know; `id` must name the user. */
  find(id: string): Promise<unknown> | undefined {
    return this.underWay.get(id)?.landing;
  }

  /** A failure is everybody's who waits, and is not remembered. */
  start<T>(id: string, userId: string, fly: (flight: Flight) => Promise<T>): Promise<T> {
    const flight = newFlight(userId);
    const landing = fly(flight).finally(() => {
      if (this.underWay.get(id)?.flight === flight) this.underWay.delete(id);
    });
    this.underWay.set(id, { flight, landing });
    return landing;
  }

  discard(userId: string): void {
    for (const [id, { flight }] of this.underWay) {
      if (flight.userId !== userId) continue;
      flight.discarded = true;
      this.underWay.delete(id);
    }
  }
}
