// Checks an exported run, 'npm run check -- FOLDER', by programs that know nothing of this project. Exit status 1 on any error; prints what was read.
// datapackage and tableschema are of version 1 of the standard: what they read is what both versions have.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import datapackage from 'datapackage'

const require = createRequire(import.meta.url)
const { Validator } = require('ro-crate/lib/validator.js')
const { ROCrate } = require('ro-crate/lib/rocrate.js')

const folder = path.resolve(process.argv[2] ?? '')
const problems = []

const loaded = await datapackage.Package.load(path.join(folder, 'datapackage.json'))
problems.push(...loaded.errors.map(error => `datapackage.json: ${error.message}`))
let rows = 0
for (const resource of loaded.resources) {
  if (!resource.tabular) problems.push(`${resource.name}: is not a table`)
  try {
    // Types, keys, and references to other tables.
    rows += (await resource.read({ relations: resource.descriptor.schema.foreignKeys !== undefined })).length
  } catch (error) {
    const all = error.multiple ? error.errors : [error]
    problems.push(...all.slice(0, 3).map(one => `${resource.name}: ${one.message}`))
  }
}

const text = readFileSync(path.join(folder, 'ro-crate-metadata.json'), 'utf8')
const validator = new Validator()
validator.parseJSON(text)
await validator.validate()
problems.push(...validator.results.filter(result => result.status === 'error').map(result => `ro-crate-metadata.json: ${result.id}: ${result.message}`))
let found = 'no crate'
try {
  const entities = new ROCrate(JSON.parse(text), { array: true, link: true }).getFlatGraph()
  const actions = entities.filter(entity => entity['@type'].includes('CreateAction'))
  if (actions.length < 2) problems.push('ro-crate-metadata.json: no action measured and judged')
  for (const action of actions) {
    for (const property of ['instrument', 'object', 'result']) {
      if ([action[property] ?? []].flat().length === 0) problems.push(`ro-crate-metadata.json: ${action['@id']} has no ${property}`)
    }
  }
  found = `${entities.length} entities, ${actions.length} actions`
} catch (error) {
  problems.push(`ro-crate-metadata.json: ${error.message}`)
}

console.log(`${loaded.resources.length} tables with ${rows} rows, ${found}`)
problems.forEach(problem => console.error(problem))
process.exitCode = problems.length === 0 ? 0 : 1
