// Judges a run by the recipe that its report.md prints, with npm's DuckDB, and compares with the verdicts.csv that the harness wrote.
// Usage: node recheck.mjs RUN    Exit status: 0 equal, 1 different, 3 wrong usage.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const run = process.argv[2];
if (!run || !existsSync(join(run, 'plan.json')) || !existsSync(join(run, 'report.md'))) {
  console.error('Usage: node recheck.mjs RUN, where RUN is the folder of a run (it holds plan.json and report.md)');
  process.exit(3);
}

// The recipe's lines, each run as it is printed: 'duckdb' is the program beside this one.
const shell = join(dirname(fileURLToPath(import.meta.url)), 'shell');
process.chdir(run);
const plan = JSON.parse(readFileSync('plan.json', 'utf8'));
const recipe = readFileSync('report.md', 'utf8').split('\n').filter(line => line.endsWith('| duckdb'));
// Older runs have no column headline.
const columns = existsSync('verdicts.csv') ? readFileSync('verdicts.csv', 'utf8').split('\n')[0].split(',').slice(2) : ['claim', 'scope', 'verdict', 'basis', 'headline', 'summary', 'trials'];
const rows = recipe.flatMap(line => {
  const experiment = /definitions\/([a-z0-9-]+)\/verdict\.sql/.exec(line)[1];
  const output = execFileSync('sh', ['-c', line], { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, PATH: shell + delimiter + process.env.PATH } });
  const order = (a, b) => columns.map(column => (a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0)).find(sign => sign !== 0) ?? 0;
  return JSON.parse(output).sort(order).map(row => [plan.run_id, experiment, ...columns.map(column => row[column])]);
});
const missing = plan.experiments.filter(experiment => !recipe.some(line => line.includes(`definitions/${experiment}/verdict.sql`)));
if (missing.length > 0) {
  console.error(`The recipe in report.md leaves out ${missing.join(', ')}.`);
  process.exit(1);
}

const field = text => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = [['run_id', 'experiment', ...columns], ...rows].map(row => row.map(field).join(',') + '\n').join('');
process.stdout.write(csv);

const written = existsSync('verdicts.csv') ? readFileSync('verdicts.csv', 'utf8') : '';
if (csv !== written) {
  console.error('Different from verdicts.csv.');
  process.exit(1);
}
console.error('Equal to verdicts.csv, byte for byte.');
