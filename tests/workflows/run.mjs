// node run.mjs REPOSITORY WORKSPACE JSON: runs experiment.yml here. See README.md.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate, expand, truth } from "./expressions.mjs";
import { actions } from "./actions.mjs";
import { parse } from "yaml";

const [repository, workspace, given] = process.argv.slice(2);
const { inputs = {}, number = 1 } = JSON.parse(given);
const workflow = parse(readFileSync(join(repository, ".github", "workflows", "experiment.yml"), "utf8"));
const declared = Object.fromEntries(Object.entries(workflow.on.workflow_call.inputs).map(([name, input]) => [name, inputs[name] ?? input.default ?? ""]));
for (const name of Object.keys(inputs)) if (!(name in declared)) throw new Error(`the workflow has no input '${name}'`);
const github = { repository: "someone/harness", run_number: String(number), run_id: String(1000 + number), run_attempt: "1", event_name: "workflow_dispatch" };
const architecture = { x64: "X64", arm64: "ARM64" }[process.arch];
const store = join(workspace, "store");
const log = [];
const needs = {};

/** One machine of a job: its workspace, and what its steps told the next ones. */
function machine(name) {
  const folder = join(workspace, "jobs", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "work"), { recursive: true });
  return { folder, work: join(folder, "work"), env: {}, path: [], summary: join(workspace, "summary.md"), repository, store, failed: false };
}

function lines(file) {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter((line) => line.length > 0) : [];
}

/** A script by the shell that the workflow names, as GitHub's runner starts it. */
function script(on, step, contexts, extra) {
  const files = Object.fromEntries(["OUTPUT", "ENV", "PATH"].map((name) => [name, join(on.folder, `${name}.txt`)]));
  for (const file of Object.values(files)) writeFileSync(file, "");
  const source = join(on.folder, "step.sh");
  writeFileSync(source, expand(step.run, contexts));
  const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, expand(String(value), contexts)]));
  const result = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", source], {
    cwd: on.work,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...extra, ...on.env, ...env, CI: "true", PATH: [...on.path, process.env.PATH].join(":"), GITHUB_OUTPUT: files.OUTPUT, GITHUB_ENV: files.ENV, GITHUB_PATH: files.PATH, GITHUB_STEP_SUMMARY: on.summary },
  });
  on.path.unshift(...lines(files.PATH).reverse());
  Object.assign(on.env, pairs(lines(files.ENV)));
  return { outcome: result.status === 0 ? "success" : "failure", outputs: pairs(lines(files.OUTPUT)), said: `${result.stdout}${result.stderr}` };
}

function pairs(all) {
  return Object.fromEntries(all.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** The steps of a job or of a composite action; ends with the outputs of each by its id. */
function steps(on, list, contexts, place, extra = {}) {
  const outputs = {};
  for (const step of list) {
    const known = { ...contexts, steps: outputs, env: on.env };
    const name = `${place}: ${step.name ?? step.uses ?? step.id}`;
    if (!truth(step.if ?? "success()", known, on.failed)) {
      log.push({ step: name, outcome: "skipped" });
      continue;
    }

    let done;
    if (step.run !== undefined) {
      done = script(on, step, known, extra);
    } else {
      const values = Object.fromEntries(Object.entries(step.with ?? {}).map(([key, value]) => [key, expand(String(value), known)]));
      done = step.uses.startsWith("./") ? composite(on, step, values, known, name) : actions[step.uses.split("@")[0]](on, values);
    }

    log.push({ step: name, outcome: done.outcome, said: done.said ?? "" });
    if (step.id) outputs[step.id] = { outputs: done.outputs ?? {}, outcome: done.outcome };
    on.failed ||= done.outcome === "failure";
  }

  return outputs;
}

function composite(on, step, values, contexts, place) {
  const home = join(on.work, step.uses);
  const action = parse(readFileSync(join(home, "action.yml"), "utf8"));
  for (const key of Object.keys(values)) if (!(key in action.inputs)) throw new Error(`${step.uses} has no input '${key}'`);
  const own = Object.fromEntries(Object.entries(action.inputs).map(([key, input]) => [key, values[key] ?? input.default ?? ""]));
  const inner = { ...contexts, inputs: own, github: { ...contexts.github, action_path: home } };
  const before = on.failed;
  const told = steps(on, action.runs.steps, inner, place, { GITHUB_ACTION_PATH: home });
  const outputs = Object.fromEntries(Object.entries(action.outputs ?? {}).map(([key, output]) => [key, expand(output.value, { ...inner, steps: told })]));
  return { outcome: on.failed && !before ? "failure" : "success", outputs };
}

function run(id, job, matrix, index) {
  const on = machine(`${id}-${index}`);
  const contexts = { github: { ...github, workspace: on.work }, inputs: declared, needs, matrix, runner: { os: "Linux", arch: architecture }, strategy: { "job-index": index } };
  const told = steps(on, job.steps, contexts, matrix.shard ? `${id} ${matrix.shard}` : id);
  const outputs = Object.fromEntries(Object.entries(job.outputs ?? {}).map(([name, value]) => [name, expand(value, { ...contexts, steps: told })]));
  const program = join(on.checkout ?? on.work, ".program");
  if (existsSync(program) && !existsSync(join(repository, ".program"))) cpSync(program, join(repository, ".program"), { recursive: true });
  return { result: on.failed ? "failure" : "success", outputs };
}

// In the order in which they stand, which the check of 'needs' holds to be one in which they can run.
for (const [id, job] of Object.entries(workflow.jobs)) {
  const waits = [job.needs ?? []].flat();
  for (const other of waits) if (!needs[other]) throw new Error(`job '${id}' stands before '${other}', which it needs`);
  const failed = waits.some((other) => needs[other].result !== "success");
  if (!truth(job.if ?? "success()", { github, inputs: declared, needs }, failed)) {
    needs[id] = { result: "skipped", outputs: {} };
    continue;
  }

  const cells = job.strategy ? evaluate(job.strategy.matrix, { needs, inputs: declared, github }).include : [{}];
  const done = cells.map((cell, index) => run(id, job, cell, index));
  needs[id] = { result: done.every((one) => one.result === "success") ? "success" : "failure", outputs: done[0].outputs };
}

console.log(JSON.stringify({ jobs: Object.fromEntries(Object.entries(needs).map(([id, job]) => [id, job.result])), steps: log }));
