/** Names stand in keys of indexes, whose rows have a few kilobytes at most. */
export const CHECKPOINT_LIMITS = {
  threadIdLength: 255,
  namespaceBytes: 768,
  /** Characters of the id of a checkpoint, a version or a task. */
  idLength: 64,
  channelLength: 120,
  taskPathLength: 1_024,
  typeLength: 64,
  /** Counted for each row besides its data and its names. */
  rowBytes: 200,
  /** Bytes of one value. */
  valueBytes: 4_194_304,
  /**
   * Bytes that the values of all channels of a checkpoint take as rows. The writes after it may take
   * as many.
   */
  stateBytes: 8_388_608,
  channels: 1_000,
  page: 100,
  /** Bytes of the checkpoints on one page. One checkpoint may be larger, and is then alone. */
  pageBytes: 8_388_608,
  /** Checkpoints that a deletion may ask to keep. */
  keep: 1_000,
  /** Checkpoints that a put may ask to keep. It is fewer, because each put prunes. */
  keepAtPut: 100,
} as const;
