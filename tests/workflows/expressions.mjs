// Expressions of a workflow, by GitHub's own library.
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

const contexts = ["github", "inputs", "needs", "matrix", "runner", "strategy", "steps", "env"];

/** What tells how the job stands; by name, of whether a step failed. */
const states = { success: (failed) => !failed, failure: (failed) => failed, always: () => true, cancelled: () => false };

function value(expression, known, failed) {
  const functions = Object.entries(states).map(([name, of]) => ({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(of(failed)) }));
  const tree = new Parser(new Lexer(expression).lex().tokens, contexts, functions).parse();
  const all = JSON.parse(JSON.stringify(Object.fromEntries(contexts.map((name) => [name, known[name] ?? {}]))), data.reviver);
  return new Evaluator(tree, all, new Map(functions.map((one) => [one.name, one]))).evaluate();
}

const bare = (text) => text.trim().replace(/^\$\{\{([\s\S]*)\}\}$/, "$1").trim();

/** The value of one expression, as JSON has it. */
export function evaluate(text, known) {
  return JSON.parse(JSON.stringify(value(bare(text), known, false), data.replacer));
}

/** A text with its expressions replaced. */
export function expand(text, known) {
  return text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_, expression) => value(expression.trim(), known, false).coerceString());
}

/** Whether a condition holds. One that asks for no state holds only where nothing failed. */
export function truth(condition, known, failed) {
  const expression = bare(String(condition));
  const asks = Object.keys(states).some((name) => new RegExp(`\\b${name}\\s*\\(`).test(expression));
  const holds = value(`(${expression}) && true || false`, known, failed).coerceString() === "true";
  return holds && (asks || !failed);
}
