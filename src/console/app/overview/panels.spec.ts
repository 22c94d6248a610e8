import { describe, expect, it } from '@jest/globals';
import { mean, PANELS, rate, type Reading } from './panels.js';
import { samplesIn } from './prometheus.js';

const reading = (at: number, text: string): Reading => ({
  at,
  samples: samplesIn(text),
  answerMs: 4,
});

describe('what the charts show', () => {
  const before = reading(100, 'calls 10\nwait_count 4\nwait_sum 1\n');
  const now = reading(110, 'calls 30\nwait_count 8\nwait_sum 3\nnew 5\n');

  it('is how much a counter grows in a second', () => {
    expect(rate(now, before, 'calls')).toBe(2);
    expect(rate(now, before, 'new')).toBe(0.5);
  });

  it('is nothing for the first reading, and when a counter began anew', () => {
    expect(rate(now, undefined, 'calls')).toBeNull();
    expect(rate(before, { ...now, at: 90 }, 'calls')).toBeNull();
    expect(rate(now, before, 'unknown')).toBeNull();
  });

  it('is the mean of what was counted between two readings', () => {
    expect(mean(now, before, 'wait')).toBe(0.5);
    expect(mean({ ...before, at: 110 }, before, 'wait')).toBeNull();
  });

  it('is how many requests were answered, and how long they took', () => {
    const text = (
      count: number,
    ) => `threadkeep_http_requests_total{method="GET",route="/a",status="200"} ${count}
threadkeep_http_requests_total{method="GET",route="/b",status="201"} ${count}
threadkeep_http_requests_total{method="GET",route="none",status="404"} 1
threadkeep_http_request_seconds_sum{method="GET",route="/a"} ${count / 100}
threadkeep_http_request_seconds_count{method="GET",route="/a"} ${count}
`;
    const [requests, times] = PANELS;
    const [first, second] = [reading(10, text(10)), reading(20, text(30))];
    expect(requests!.lines(second, first)).toEqual([
      ['2xx', 4],
      ['3xx', null],
      ['4xx', 0],
      ['5xx', null],
    ]);
    expect(times!.lines(second, first)).toEqual([['mean', expect.closeTo(10, 6)]]);
  });

  it('has a line for each quantile and each state', () => {
    const text = `threadkeep_event_loop_delay_seconds{quantile="0.99"} 0.002
threadkeep_db_pool_connections{state="idle"} 3
threadkeep_db_pool_waiting 1
threadkeep_jobs_oldest_seconds NaN
`;
    const lines = Object.fromEntries(
      PANELS.map(({ title, lines }) => [title, lines(reading(1, text), undefined)]),
    );
    expect(lines).toMatchObject({
      'Delay of the event loop': [
        ['half', null],
        ['99 %', 2],
        ['longest', null],
      ],
      'Connections of the pool': [
        ['idle', 3],
        ['waiting requests', 1],
      ],
      'Age of the oldest job that is due': [['age', null]],
    });
  });
});
