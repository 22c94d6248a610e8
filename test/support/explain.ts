// Explains statements as the runtime role runs them: rows, blocks, indexes, and scans that have no bound.
import type pg from 'pg';

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}

/** What a statement cost PostgreSQL. */
export interface Cost {
  rows: number;
  blocks: number;
  indexes: string[];
  faults: string[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Runs a statement as a user and returns what it read. Undo what it wrote. */
export async function explainAs(
  client: pg.Client,
  user: string,
  text: string,
  values: unknown[],
): Promise<Cost> {
  await client.query(`select set_config('app.user_id', $1, false)`, [user]);
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
    `explain (analyze, buffers, format json) ${text}`,
    values,
  );
  const { Plan } = rows[0]!['QUERY PLAN'][0]!;
  const scans = nodesOf(Plan).filter(
    (node) => /Scan/.test(node['Node Type']) && (node['Relation Name'] ?? node['Index Name']),
  );
  return {
    rows: scans.reduce(
      (sum, node) =>
        sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    ),
    blocks: Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
    indexes: scans.flatMap((node) => node['Index Name'] ?? []),
    faults: [
      ...scans
        .filter((node) => node['Node Type'] === 'Seq Scan')
        .map((node) => `${node['Relation Name']} is read as a whole`),
      ...scans
        .filter(
          (node) =>
            'Index Name' in node &&
            !/^\(+user_id = /.test(node['Index Cond'] ?? '') &&
            !node['Index Name']?.startsWith('service_'),
        )
        .map((node) => `${node['Index Name']} is read by ${node['Index Cond']}`),
    ],
  };
}
