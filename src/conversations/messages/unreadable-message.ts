/** What a list shows of a message that is sealed, and cannot be opened. */
export const withoutWords = <
  R extends {
    contentIsJson: boolean;
    content: string | null;
    metadata?: Record<string, unknown> | null;
    isUnreadable?: boolean;
  },
>(
  row: R,
): R => ({
  ...row,
  content: '',
  contentIsJson: false,
  ...('metadata' in row && { metadata: null }),
  isUnreadable: true,
});
