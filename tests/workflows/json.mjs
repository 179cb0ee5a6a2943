// GitHub's parser imports its schema as bundlers allow, without saying that it is JSON. Node wants it said.
import { readFile } from "node:fs/promises";

export async function load(url, context, next) {
  return url.endsWith(".json") ? { format: "module", shortCircuit: true, source: `export default ${await readFile(new URL(url), "utf8")}` } : next(url, context);
}
