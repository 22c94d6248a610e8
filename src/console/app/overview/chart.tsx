import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Row } from './history.js';
import type { Panel } from './panels.js';

const HEIGHT_PIXELS = 130;
const COLOURS = 6;
/** Fewer make no line. */
const LEAST_ROWS = 2;
/** Lines after the sixth, which have its colours again. */
const DASH_PIXELS = [6, 4];

interface ChartProps {
  panel: Panel;
  /** Place of the panel in each row. */
  place: number;
  rows: readonly Row[];
}

/** The lines of a panel over time, and its newest values as text. */
export default function Chart({ panel, place, rows }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const values = rows.map((row) => row.values[place]!);
  const labels = [...new Set(values.flatMap((row) => [...row.keys()]))];
  const data = [
    rows.map(({ at }) => at),
    ...labels.map((label) => values.map((row) => row.get(label) ?? null)),
  ] as uPlot.AlignedData;
  const plot = useRef<uPlot | null>(null);
  const isDrawn = rows.length >= LEAST_ROWS;
  useEffect(() => {
    if (!isDrawn) return;
    const element = box.current!;
    const drawn = draw(element, labels, data);
    plot.current = drawn;
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: HEIGHT_PIXELS }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [labels.join('\n'), isDrawn]);
  useEffect(() => plot.current?.setData(data), [rows]);
  const newest = values.at(-1);
  return (
    <figure class="chart">
      <figcaption>{panel.title}</figcaption>
      <div ref={box} aria-hidden="true" />
      {!isDrawn && <p class="hint">A line needs a second reading.</p>}
      <ul class="legend">
        {labels.map((label, i) => (
          <li key={label} data-colour={i % COLOURS} data-dashed={i >= COLOURS || undefined}>
            {label} <b>{valueText(newest?.get(label), panel.unit)}</b>
          </li>
        ))}
        {labels.length === 0 && <li class="hint">nothing yet</li>}
      </ul>
    </figure>
  );
}

const valueText = (value: number | null | undefined, unit: string): string =>
  value === null || value === undefined ? '–' : `${Number(value.toPrecision(3))} ${unit}`.trim();

/** Time of day in UTC. @param at seconds since 1970 */
const clockText = (at: number): string => new Date(at * 1_000).toISOString().slice(11, 19);

/** Colours of the style sheet, which has those of both schemes. */
const colour = (element: Element, name: string): string =>
  getComputedStyle(element).getPropertyValue(name).trim();

function draw(element: HTMLElement, labels: readonly string[], data: uPlot.AlignedData): uPlot {
  const axis = {
    stroke: () => colour(element, '--quiet'),
    grid: { stroke: () => colour(element, '--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT_PIXELS,
      cursor: { show: false },
      legend: { show: false },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 0.1)] } },
      axes: [
        { ...axis, space: 80, size: 28, values: (_plot, times) => times.map(clockText) },
        { ...axis, size: 44 },
      ],
      series: [
        {},
        ...labels.map((label, i) => ({
          label,
          width: 1.5,
          ...(i >= COLOURS && { dash: DASH_PIXELS }),
          stroke: () => colour(element, `--line-${i % COLOURS}`),
        })),
      ],
    },
    data,
    element,
  );
}
