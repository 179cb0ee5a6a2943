// Others' checkers over the workflows, and what the project asks of them. One line a mistake; exit 1 if there is one.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { register } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

register("./json.mjs", import.meta.url);
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
const { parseAction } = await import("@actions/workflow-parser/actions/index");

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2] ?? join(here, "..", "..");
const folder = join(root, ".github", "workflows");
const trace = new NoOperationTraceWriter();
const mistakes = [];

// Source: GitHub's advice on hardening; a tag can be moved.
const pinned = /^\s*(?:- )?uses: (?:\.\/\S*|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;

function text(name, content) {
  content.split("\n").forEach((line, at) => {
    if (/^\s*(?:- )?uses:/.test(line) && !pinned.test(line)) mistakes.push(`${name}:${at + 1}: not pinned by a full digest with its version beside it: ${line.trim()}`);
    if (/secrets\b/.test(line)) mistakes.push(`${name}:${at + 1}: a secret, which a fork's request does not have`);
    if (/pull_request_target/.test(line)) mistakes.push(`${name}:${at + 1}: pull_request_target gives a fork's code this repository's rights`);
  });
}

function scripts(name, steps) {
  for (const step of steps ?? []) if (step.run?.includes("${{")) mistakes.push(`${name}: step '${step.name}': an expression within a script is code that its value writes: hand it over by env`);
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".yml"))) {
  const content = readFileSync(join(folder, file), "utf8");
  const parsed = parseWorkflow({ name: file, content }, trace);
  if (parsed.value) await convertWorkflowTemplate(parsed.context, parsed.value);
  for (const error of parsed.context.errors.getErrors()) mistakes.push(`${file}: ${error.message}`);
  text(file, content);
  const workflow = parse(content);
  if (JSON.stringify(workflow.permissions) !== "{}") mistakes.push(`${file}: the workflow itself must have no permission: its jobs name theirs`);
  for (const [id, job] of Object.entries(workflow.jobs)) {
    if (!job.permissions) mistakes.push(`${file}: job '${id}' names no permissions`);
    if (job.steps && !job["timeout-minutes"]) mistakes.push(`${file}: job '${id}' has no time limit`);
    scripts(`${file}: job '${id}'`, job.steps);
  }

  try {
    execFileSync(process.execPath, [join(here, "node_modules", "@tktco", "node-actionlint", "bin", "node-actionlint.js"), join(".github", "workflows", file)], { cwd: root, stdio: "pipe" });
  } catch (error) {
    mistakes.push(`${error.stdout}${error.stderr}`.trim());
  }
}

const action = readFileSync(join(root, "action.yml"), "utf8");
for (const error of parseAction({ name: "action.yml", content: action }, trace).context.errors.getErrors()) mistakes.push(`action.yml: ${error.message}`);
text("action.yml", action);
scripts("action.yml", parse(action).runs.steps);

for (const mistake of mistakes) console.error(mistake);
process.exitCode = mistakes.length > 0 ? 1 : 0;
