// Labels a text of the application for providers whose conversations have only users and models.

/** Wraps a system text. It cannot end its own label. */
export const systemText = (text: string): string =>
  `<system>${text.replace(/<(?=\/?system)/gi, '&lt;')}</system>`;
