// Stands in for DuckDB's shell: runs the statements of standard input and prints the rows of the last one as JSON, each value as text.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const statements = await connection.extractStatements(readFileSync(0, 'utf8'));
let result;
for (let i = 0; i < statements.count; i++) {
  result = await (await statements.prepare(i)).runAndReadAll();
}
const columns = result.columnNames();
const rows = result.getRows().map(row => Object.fromEntries(columns.map((column, i) => [column, row[i] === null ? '' : String(row[i])])));
process.stdout.write(JSON.stringify(rows));
