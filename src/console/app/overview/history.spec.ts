import { describe, expect, it } from '@jest/globals';
import { type History, MOST_ROWS, NO_HISTORY, withReading } from './history.js';
import { PANELS } from './panels.js';
import { samplesIn } from './prometheus.js';

const reading = (at: number) => ({
  at,
  samples: samplesIn(`threadkeep_http_requests_total{status="200"} ${at * 2}\n`),
  answerMs: 4,
});
const historyOf = (length: number): History =>
  Array.from({ length }, (_, i) => reading(i)).reduce(withReading, NO_HISTORY);

describe('what is kept of the readings', () => {
  const history = historyOf(3);

  it('is the values of each panel', () => {
    expect(history.rows.map(({ values }) => values[0]!.get('2xx'))).toEqual([null, 2, 2]);
    expect(history.rows[0]!.values).toHaveLength(PANELS.length);
  });

  it('has no sample but those of the newest reading', () => {
    expect(history.rows.map((row) => Object.keys(row))).toEqual([
      ['at', 'values'],
      ['at', 'values'],
      ['at', 'values'],
    ]);
    const kept = history.rows.flatMap(({ values }) => values.flatMap((one) => [...one.values()]));
    expect(kept.filter((value) => value !== null && typeof value !== 'number')).toEqual([]);
    expect(history.last).toEqual(reading(2));
  });

  it('is bounded', () => {
    const { rows } = historyOf(MOST_ROWS + 5);
    expect(rows).toHaveLength(MOST_ROWS);
    expect([rows[0]!.at, rows.at(-1)!.at]).toEqual([5, MOST_ROWS + 4]);
  });
});
