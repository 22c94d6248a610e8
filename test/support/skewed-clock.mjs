// Preloaded into a process whose wall clock is to be wrong by CLOCK_SKEW_MS milliseconds.
const skew = Number(process.env.CLOCK_SKEW_MS);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(RealDate.now() + skew);
    else super(...values);
  }

  static now() {
    return RealDate.now() + skew;
  }
};
