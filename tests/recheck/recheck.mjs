// Judges a run with npm's DuckDB and compares with the verdicts.csv that the harness wrote.
// Usage: node recheck.mjs RUN    Exit status: 0 equal, 1 different, 3 wrong usage.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const run = process.argv[2];
if (!run || !existsSync(join(run, 'plan.json'))) {
  console.error('Usage: node recheck.mjs RUN, where RUN is the folder of a run (it holds plan.json)');
  process.exit(3);
}

// As report.md says: a shell in the run's folder, schema.sql, then an experiment's verdict.sql.
const sql = name => readFileSync(join('definitions', name), 'utf8');
process.chdir(run);
const plan = JSON.parse(readFileSync('plan.json', 'utf8'));
const rows = [];
for (const experiment of plan.experiments) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(sql('schema.sql'));
  await connection.run(sql(`${experiment}/verdict.sql`));
  const result = await connection.runAndReadAll(
    'SELECT claim, scope, verdict, basis, summary, CAST(trials AS VARCHAR) FROM verdict ORDER BY ALL');
  rows.push(...result.getRows().map(row => [plan.run_id, experiment, ...row]));
}

const field = text => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = [['run_id', 'experiment', 'claim', 'scope', 'verdict', 'basis', 'summary', 'trials'], ...rows]
  .map(row => row.map(field).join(',') + '\n').join('');
process.stdout.write(csv);

const written = existsSync('verdicts.csv') ? readFileSync('verdicts.csv', 'utf8') : '';
if (csv !== written) {
  console.error('Different from verdicts.csv.');
  process.exit(1);
}
console.error('Equal to verdicts.csv, byte for byte.');
