// The actions of others that the workflows use, as far as their steps depend on them: folders of the workspace stand for GitHub's stores.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const fine = (outputs = {}) => ({ outcome: "success", outputs });
const fault = (said) => ({ outcome: "failure", outputs: {}, said });
const copy = (from, to) => cpSync(from, to, { recursive: true, preserveTimestamps: true });

/** The newest of a folder's entries whose name begins so; the exact one before all. */
function newest(folder, key, prefixes) {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder);
  if (names.includes(key)) return key;
  for (const prefix of prefixes) {
    const found = names.filter((name) => name.startsWith(prefix)).sort((a, b) => statSync(join(folder, b)).mtimeMs - statSync(join(folder, a)).mtimeMs);
    if (found.length > 0) return found[0];
  }

  return null;
}

const list = (text) => (text ?? "").split("\n").map((line) => line.trim()).filter((line) => line.length > 0);

export const actions = {
  // A copy: builds do not bear links. What the first job built of this commit is there already, since a build takes minutes.
  "actions/checkout": (on, { path }) => {
    copy(on.repository, join(on.work, path));
    on.checkout = join(on.work, path);
    return fine();
  },
  // The SDK that runs the tests.
  "actions/setup-dotnet": () => fine(),
  // Of userlands and kernels: what a machine has already.
  "actions/cache": (on, { key, path }) => (key && path ? fine({ "cache-hit": "" }) : fault("a cache without key or path")),
  "actions/cache/restore": (on, { key, path, "restore-keys": prefixes }) => {
    const found = newest(join(on.store, "caches"), key, list(prefixes));
    if (found) copy(join(on.store, "caches", found), join(on.work, path));
    return fine({ "cache-hit": found === key ? "true" : "false" });
  },
  "actions/cache/save": (on, { key, path }) => {
    copy(join(on.work, path), join(on.store, "caches", key));
    return fine();
  },
  "actions/upload-artifact": (on, { name, path, "if-no-files-found": missing }) => {
    const from = resolve(on.work, path);
    if (!name || !existsSync(from) || readdirSync(from).length === 0) return missing === "error" ? fault(`no files at '${path}'`) : fine();
    const to = join(on.store, "artifacts", name);
    rmSync(to, { recursive: true, force: true });
    mkdirSync(dirname(to), { recursive: true });
    // Hidden files stay behind, as there.
    cpSync(from, to, { recursive: true, filter: (file) => file === from || !file.split("/").at(-1).startsWith(".") });
    return fine();
  },
  "actions/download-artifact": (on, { name, pattern, path }) => {
    const folder = join(on.store, "artifacts");
    const fits = pattern ? new RegExp(`^${pattern.replaceAll("*", ".*")}$`) : null;
    const found = (existsSync(folder) ? readdirSync(folder) : []).filter((one) => (fits ? fits.test(one) : one === name));
    if (found.length === 0 && name) return fault(`no artifact '${name}'`);
    for (const one of found) copy(join(folder, one), name ? join(on.work, path) : join(on.work, path, one));
    return fine();
  },
};
