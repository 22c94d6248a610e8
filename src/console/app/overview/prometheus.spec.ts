import { describe, expect, it } from '@jest/globals';
import { samplesIn, sum, valuesOf } from './prometheus.js';

const TEXT = `# HELP pool_connections Connections of the pool.
# TYPE pool_connections gauge
pool_connections{state="idle"} 3
pool_connections{state="active",odd="a\\"b\\\\c\\nd, e=\\"f\\""} 2
pool_waiting 0
wait_seconds_bucket{le="+Inf"} 12
oldest_seconds NaN
rate 1.5e-7 1700000000

not a line
`;

describe('metrics in the text format', () => {
  const samples = samplesIn(TEXT);

  it('are read with their labels and values', () => {
    expect(samples).toEqual([
      { name: 'pool_connections', labels: { state: 'idle' }, value: 3 },
      {
        name: 'pool_connections',
        labels: { state: 'active', odd: 'a"b\\c\nd, e="f"' },
        value: 2,
      },
      { name: 'pool_waiting', labels: {}, value: 0 },
      { name: 'wait_seconds_bucket', labels: { le: '+Inf' }, value: 12 },
      { name: 'oldest_seconds', labels: {}, value: NaN },
      { name: 'rate', labels: {}, value: 1.5e-7 },
    ]);
  });

  it('are added up by name and labels', () => {
    expect(sum(samples, 'pool_connections')).toBe(5);
    expect(sum(samples, 'pool_connections', { state: 'idle' })).toBe(3);
    expect(sum(samples, 'pool_connections', { state: 'gone' })).toBeNull();
    expect(sum(samples, 'unknown')).toBeNull();
  });

  it('name the values of a label', () => {
    expect(valuesOf(samples, 'pool_connections', 'state')).toEqual(['idle', 'active']);
    expect(valuesOf(samples, 'pool_waiting', 'state')).toEqual([]);
  });
});
