-- Claim C1: "A container runs on the host's kernel; it has no kernel of its own."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials): one row without scope, one a runtime of containers
--      method_check (name, holds, summary, trials): whether the witnesses tell the kernels of VMs from the host's
--      machine (what each kernel that a VM booted answered), for the figure's order and the check
--      not_counted (claim, reason, remedy, what, trial_id): measured trials that could not be judged
--      evidence (claim, scope, trial_id, …): one row a scope, judged trial and witness; of the check its name in the place of the claim.
-- What stands between is tables, computed once: as views in views they would be computed again at each mention.

-- What the agent read in each trial, one column a fact. NULL: not read.
CREATE OR REPLACE TEMP TABLE kernel_trial AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.block, t.repetition, t.cell, t.userland, t.kernel, t.runtime, t.outcome, t.detail,
  if(t.engine = '', t.runtime, t.engine || '/' || t.runtime) AS driven_by,
  t.synthetic,
  kind_of(t.runtime) = 'vm' AS machine,
  fact.* EXCLUDE (run_id, trial_id)
FROM trial AS t
LEFT JOIN (
  SELECT
    run_id, trial_id,
    max(text) FILTER (metric = 'release') AS release,
    max(text) FILTER (metric = 'version') AS version,
    -- A file of /proc over which something else is mounted, as container managers do, is not the kernel's word.
    if(bool_or(metric = 'mounted_over' AND subject = 'cmdline_sha256'), NULL, max(text) FILTER (metric = 'cmdline_sha256')) AS cmdline,
    if(bool_or(metric = 'mounted_over' AND subject = 'boot_id'), NULL, max(text) FILTER (metric = 'boot_id')) AS boot_id,
    if(bool_or(metric = 'mounted_over' AND subject = 'btime'), NULL, max(value) FILTER (metric = 'btime')) AS btime,
    max(value) FILTER (metric = 'boottime_ns') AS boottime_ns,
    coalesce(max(value) FILTER (metric = 'timens_boottime_ns'), 0) AS offset_ns,
    max(value) FILTER (metric = 'harness_boottime_before_ns') AS before_ns,
    max(value) FILTER (metric = 'harness_boottime_after_ns') AS after_ns
  FROM observation
  WHERE subject = '' OR metric = 'mounted_over'
  GROUP BY ALL
) AS fact ON fact.run_id = t.run_id AND fact.trial_id = t.trial_id
WHERE t.experiment = 'kernel-identity' AND t.probe = 'kernel' AND NOT t.warmup AND (t.kernel <> 'host') = (kind_of(t.runtime) = 'vm');

-- [1] The host's own reading, once a block.
CREATE OR REPLACE TEMP TABLE host_reading AS
SELECT DISTINCT ON (run_id, host_id, block) *
FROM kernel_trial
WHERE kind_of(runtime) = 'process' AND outcome = 'ok'
ORDER BY run_id, host_id, block, repetition, trial_id;

-- [2] One row a container's trial and witness. same: NULL where either side could not be read.
CREATE OR REPLACE TEMP TABLE witness AS
SELECT pair.*, seen.rank, seen.name AS witness, seen.fact, seen.tells, seen.container, seen.host, seen.same
FROM (
  SELECT
    c.run_id, c.trial_id, c.host_id, c.block, c.cell, c.userland, c.kernel, c.runtime, c.driven_by, c.synthetic, c.machine, c.release,
    h.trial_id AS host_trial_id, h.release AS host_release,
    unnest([
      {rank: 1, name: 'boot id', fact: 'boot_id', tells: 'boot', container: c.boot_id, host: h.boot_id, same: c.boot_id = h.boot_id},
      -- A time namespace shifts btime and the clock by its offset, which is taken out again. ±1 s: the kernel rounds btime at each reading.
      {rank: 2, name: 'boot time', fact: 'btime', tells: 'boot', container: c.btime::BIGINT::VARCHAR, host: h.btime::BIGINT::VARCHAR,
       same: abs(c.btime + (c.offset_ns - h.offset_ns) / 1e9::DECIMAL(12, 0) - h.btime) <= 1},
      -- The container's CLOCK_BOOTTIME between the harness's own before its start and after its end. Where the host's own process
      -- fails that test, the harness's readings are no measure and the witness is missing.
      {rank: 3, name: 'boot clock', fact: 'boottime_ns', tells: 'boot', container: (c.boottime_ns - c.offset_ns)::BIGINT::VARCHAR,
       host: (c.before_ns - h.offset_ns)::BIGINT || '..' || (c.after_ns - h.offset_ns)::BIGINT,
       same: CASE WHEN (h.boottime_ns BETWEEN h.before_ns AND h.after_ns) IS NOT DISTINCT FROM false THEN NULL
             ELSE c.boottime_ns - c.offset_ns BETWEEN c.before_ns - h.offset_ns AND c.after_ns - h.offset_ns END},
      {rank: 4, name: 'release', fact: 'release', tells: 'build', container: c.release, host: h.release, same: c.release = h.release},
      {rank: 5, name: 'version', fact: 'version', tells: 'build', container: c.version, host: h.version, same: c.version = h.version},
      {rank: 6, name: 'command line', fact: 'cmdline_sha256', tells: 'build', container: c.cmdline, host: h.cmdline, same: c.cmdline = h.cmdline}
    ]) AS seen
  FROM kernel_trial AS c
  JOIN host_reading AS h ON h.run_id = c.run_id AND h.host_id = c.host_id AND h.block = c.block
  -- [5] A VM that the run itself booted for an engine has a kernel that nobody takes for the host's.
  WHERE kind_of(c.runtime) <> 'process' AND c.outcome = 'ok' AND NOT starts_with(c.driven_by, 'docker@vm/')
) AS pair;

-- [3] One row a container's trial: what its witnesses say together. A kernel that other containers' trials share, but not the host,
-- is nobody's own: the engine is on another machine or in a VM.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
  * EXCLUDE (block, boot_id, same_all, other_all, same_boot, other_boot, identity),
  CASE
    WHEN other_all = 0 AND same_all >= 4 AND identity THEN 'shared'
    WHEN same_boot = 0 AND other_boot >= 1 AND other_all >= 2 THEN
      if(boot_id IS NOT NULL AND min(cell || ' ' || block) OVER one_boot < max(cell || ' ' || block) OVER one_boot, 'elsewhere', 'own')
    WHEN other_all > 0 THEN 'contradictory'
    ELSE 'unread'
  END AS judgement
FROM (
  SELECT
    run_id, trial_id, host_id, block, cell, userland, kernel, runtime, driven_by, synthetic, machine, release, host_release,
    max(container) FILTER (witness = 'boot id') AS boot_id,
    count_if(same) AS same_all,
    count_if(NOT same) AS other_all,
    count_if(same AND tells = 'boot') AS same_boot,
    count_if(NOT same AND tells = 'boot') AS other_boot,
    coalesce(bool_or(same) FILTER (witness IN ('boot id', 'boot clock')), false) AS identity
  FROM witness
  GROUP BY ALL
)
WINDOW one_boot AS (PARTITION BY run_id, host_id, machine, boot_id);

-- [4] Scopes: all containers, and each runtime that a trial names; virtual machines, which are no containers, are in the last alone.
CREATE OR REPLACE TEMP TABLE scoped AS
SELECT DISTINCT '' AS scope, '' AS only_runtime
UNION
SELECT 'runtime=' || runtime, runtime FROM kernel_trial WHERE kind_of(runtime) <> 'process';

-- Real trials decide; a synthetic stand-in is used only where there is nothing else, and then decides nothing.
-- ordinary [6]: what those who state the claim mean; within a scope of one runtime, that runtime is meant.
CREATE OR REPLACE TEMP TABLE decisive AS
SELECT s.scope, s.scope <> '' OR is_usual_runtime(j.runtime) AS ordinary, j.*
FROM scoped AS s
JOIN judged AS j ON if(s.scope = '', NOT j.machine, s.only_runtime = j.runtime)
QUALIFY NOT j.synthetic OR bool_and(j.synthetic) OVER (PARTITION BY s.scope);

-- Why a fact could not be read or is not the kernel's own, as the agent and the harness said.
CREATE OR REPLACE TEMP TABLE note AS
SELECT run_id, trial_id, subject, max(text) AS said, bool_or(metric = 'mounted_over' OR text LIKE '/proc/%: % is mounted at /%') AS covered
FROM observation
WHERE metric IN ('unavailable', 'mounted_over')
GROUP BY ALL;

-- Which witnesses said what, over the trials of one scope and judgement.
CREATE OR REPLACE TEMP TABLE testimony AS
SELECT
  scope, judgement,
  list(witness ORDER BY rank) FILTER (n_other > 0) AS other_names,
  list(witness ORDER BY rank) FILTER (n_same > 0) AS same_names,
  list(witness || if(n_missing < n OR covered <> '', ' (' || concat_ws(', ', if(n_missing < n, 'in ' || n_missing, NULL), nullif(covered, '')) || ')', '') ORDER BY rank)
    FILTER (n_missing > 0) AS missing_names
FROM (
  SELECT d.scope, d.judgement, w.rank, w.witness, count(*) AS n, count_if(w.same) AS n_same, count_if(NOT w.same) AS n_other, count_if(w.same IS NULL) AS n_missing,
    concat_ws(', ',
      if(bool_or(m.covered), 'on the host, another mount covers its file', NULL),
      if(bool_or(k.covered), 'in the container, another mount covers its file', NULL)) AS covered
  FROM decisive AS d
  JOIN witness AS w ON w.run_id = d.run_id AND w.trial_id = d.trial_id
  LEFT JOIN note AS m ON m.run_id = d.run_id AND m.trial_id = w.host_trial_id AND m.subject = w.fact
  LEFT JOIN note AS k ON k.run_id = d.run_id AND k.trial_id = d.trial_id AND k.subject = w.fact
  GROUP BY ALL
)
GROUP BY ALL;

-- Per scope and judgement: how many, under what, which releases, and what the witnesses said.
CREATE OR REPLACE TEMP TABLE found AS
SELECT
  d.*,
  spoken(t.other_names) AS differ,
  spoken(t.same_names) AS agree,
  if(t.missing_names IS NULL, '', '; could not be compared: ' || spoken(t.missing_names)) AS missing
FROM (
  SELECT
    scope, judgement, count(*) AS n, count(DISTINCT userland) AS userlands, count(DISTINCT host_id) AS hosts,
    spoken(list(DISTINCT driven_by ORDER BY driven_by)) AS driven,
    spoken(list(DISTINCT coalesce(one_line(release), 'of unknown release') ORDER BY coalesce(one_line(release), 'of unknown release'))) AS releases,
    spoken(list(DISTINCT coalesce(one_line(host_release), 'of unknown release') ORDER BY coalesce(one_line(host_release), 'of unknown release'))) AS host_releases
  FROM decisive
  GROUP BY ALL
) AS d
JOIN testimony AS t ON t.scope = d.scope AND t.judgement = d.judgement;

-- What each kind of trial came to within the ordinary scope and elsewhere; open: neither the host's kernel nor one of its own.
CREATE OR REPLACE TEMP TABLE tally AS
SELECT
  scope, count(*) AS n, bool_and(synthetic) AS synthetic, count(DISTINCT userland) AS userlands,
  count_if(ordinary) AS n_ordinary,
  count_if(ordinary AND judgement = 'own') AS own_ordinary, count_if(NOT ordinary AND judgement = 'own') AS own_elsewhere,
  count_if(ordinary AND judgement NOT IN ('own', 'shared')) AS open_ordinary, count_if(NOT ordinary AND judgement NOT IN ('own', 'shared')) AS open_elsewhere,
  count(DISTINCT userland) FILTER (judgement = 'shared') AS shared_userlands,
  named(list(DISTINCT runtime_name(runtime) ORDER BY runtime_name(runtime)) FILTER (judgement = 'shared')) AS shared_under,
  named(list(DISTINCT runtime_name(runtime) ORDER BY runtime_name(runtime)) FILTER (judgement = 'own')) AS own_under,
  named(list(DISTINCT runtime_name(runtime) ORDER BY runtime_name(runtime)) FILTER (judgement NOT IN ('own', 'shared'))) AS open_under,
  brief(min(release) FILTER (judgement = 'own')) AS own_release,
  brief(min(host_release)) AS host_release
FROM decisive
GROUP BY scope;

-- [5] Trials of containers and VMs that ended well and could not be judged all the same.
CREATE OR REPLACE VIEW not_counted AS
SELECT
  if(c.machine, 'vm-kernels', 'C1') AS claim,
  if(starts_with(c.driven_by, 'docker@vm/'), 'its engine is in a VM that the run booted; engine-in-vm asks whose kernel that is', 'no reading of the host in the same block') AS reason,
  if(starts_with(c.driven_by, 'docker@vm/'), '', 'add the runtime host') AS remedy, runtime_name(c.runtime) AS what, c.trial_id
FROM kernel_trial AS c
ANTI JOIN judged AS j ON j.run_id = c.run_id AND j.trial_id = c.trial_id
WHERE kind_of(c.runtime) <> 'process' AND c.outcome = 'ok';

-- [7] What answered in virtual machines, by the kernel that they were to boot.
CREATE OR REPLACE TEMP TABLE machine AS
SELECT
  kernel, count(*) AS n, count_if(judgement = 'own') AS own, count_if(judgement = 'shared') AS shared,
  spoken(list(DISTINCT coalesce(one_line(release), 'of unknown release') ORDER BY coalesce(one_line(release), 'of unknown release'))) AS releases,
  min(version_order(release)) AS number
FROM decisive
WHERE decisive.machine
GROUP BY kernel;

CREATE OR REPLACE TEMP TABLE machines AS
SELECT
  sum(n)::BIGINT AS n, sum(own)::BIGINT AS own, sum(shared)::BIGINT AS shared, count(*) AS kernels,
  spoken(list(kernel || ' answered as ' || releases ORDER BY number, kernel)) AS releases,
  spoken(list(kernel ORDER BY number, kernel) FILTER (own < n)) AS odd
FROM machine;

-- [6] The verdicts: one counterexample within the ordinary scope refutes, one elsewhere qualifies; a contradiction or a lack of readings leaves
-- it open; else what was measured supports.
CREATE OR REPLACE VIEW verdict AS
SELECT
  'C1' AS claim,
  s.scope,
  CASE
    WHEN total.n IS NULL THEN 'not tested'
    WHEN total.synthetic THEN 'inconclusive'
    WHEN total.own_ordinary > 0 THEN 'refuted'
    WHEN total.n_ordinary = 0 OR total.open_ordinary > 0 THEN 'inconclusive'
    WHEN total.own_elsewhere > 0 THEN 'qualified'
    WHEN total.open_elsewhere > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  if(coalesce(total.synthetic, false), 'synthetic', 'real') AS basis,
  headline(CASE
    WHEN total.n IS NULL AND NOT EXISTS (FROM kernel_trial WHERE kind_of(runtime) <> 'process' AND NOT machine) THEN 'Not measured: no container was run; add a runtime such as ' || default_runtime()
    WHEN total.n IS NULL THEN if(EXISTS (FROM not_counted WHERE claim = 'C1' AND remedy <> ''), 'Not measured: no reading of the host to compare with; add the runtime host', 'Not measured: no container trial could be judged')
    WHEN total.synthetic THEN 'Open: only synthetic stand-ins were measured'
    WHEN total.own_ordinary > 0 THEN
      'Fails under ' || total.own_under || ': another kernel in ' || own.n || ' of ' || counted(total.n, 'trial', 'trials') || ' (' || coalesce(total.own_release, 'of unknown release') || ')'
    WHEN total.n_ordinary = 0 AND total.own_elsewhere > 0 THEN 'Open: not measured under ' || usual_runtimes() || '; under ' || total.own_under || ' another kernel answers'
    WHEN total.n_ordinary = 0 THEN 'Open: not measured under ' || usual_runtimes()
    WHEN total.open_ordinary > 0 AND away.n > 0 THEN 'Open: the containers share a kernel that is not this host''s; run where the engine is'
    WHEN total.open_ordinary > 0 AND torn.n > 0 THEN 'Open: contradictory readings in ' || torn.n || ' of ' || counted(total.n, 'trial', 'trials') || ', under ' || total.open_under
    WHEN total.open_ordinary > 0 THEN 'Open: too little could be read in ' || unread.n || ' of ' || counted(total.n, 'trial', 'trials') || ', under ' || total.open_under
    WHEN total.own_elsewhere > 0 THEN
      'Holds under ' || total.shared_under || ' (' || counted(total.shared_userlands, 'userland', 'userlands') || '); under ' || total.own_under || ' another kernel answers'
    WHEN total.open_elsewhere > 0 THEN
      'Holds under ' || total.shared_under || ' (' || counted(total.shared_userlands, 'userland', 'userlands') || '); open under ' || total.open_under
    ELSE
      'Holds in ' || shared.n || ' of ' || counted(total.n, 'trial', 'trials') || ' (' || counted(total.shared_userlands, 'userland', 'userlands') || ') under ' || total.shared_under
      || ', on ' || coalesce(total.host_release, 'an unknown release')
  END) AS headline,
  CASE WHEN total.synthetic THEN 'Only synthetic stand-ins were measured, which cannot decide the claim. ' ELSE '' END
  || CASE
    WHEN total.n IS NULL THEN 'No container was judged.'
    WHEN own.n > 0 THEN
      'Under ' || own.driven || ', ' || own.n || ' of ' || counted(total.n, 'container trial', 'container trials') || ' ran on another kernel than the host''s, '
      || own.releases || ' where the host has ' || own.host_releases || ': ' || own.differ || ' differed' || own.missing || '.'
    WHEN away.n > 0 THEN
      'Under ' || away.driven || ', ' || away.n || ' of ' || counted(total.n, 'container trial', 'container trials') || ' shared a kernel with each other, '
      || away.releases || ', but not with the harness''s host (' || away.host_releases
      || '): the engine is on another host or in a VM; run the harness there.'
    WHEN torn.n > 0 THEN
      'Under ' || torn.driven || ', ' || torn.n || ' of ' || counted(total.n, 'container trial', 'container trials') || ' contradicted themselves: '
      || torn.differ || ' differed from the host''s, ' || torn.agree || ' agreed' || torn.missing || '.'
    WHEN unread.n > 0 THEN
      'Under ' || unread.driven || ', too little could be read in ' || unread.n || ' of ' || counted(total.n, 'container trial', 'container trials')
      || ' to tell: ' || unread.agree || ' agreed with the host''s' || unread.missing || '.'
    ELSE
      'Under ' || shared.driven || ', ' || shared.n || ' of ' || counted(total.n, 'container trial', 'container trials') || ' from '
      || counted(shared.userlands, 'userland', 'userlands') || if(shared.hosts > 1, ' on ' || shared.hosts || ' hosts', '')
      || ' ran on the host''s kernel ' || shared.host_releases || ': ' || shared.agree || ' all agreed' || shared.missing || '.'
  END
  -- What else was found, where it did not make the verdict.
  || CASE WHEN torn.n > 0 AND (own.n > 0 OR away.n > 0) THEN
    ' Under ' || torn.driven || ', ' || torn.n || ' contradicted themselves: ' || torn.differ || ' differed, ' || torn.agree || ' agreed.' ELSE '' END
  || CASE WHEN unread.n > 0 AND (own.n > 0 OR away.n > 0 OR torn.n > 0) THEN
    ' Under ' || unread.driven || ', too little could be read in ' || unread.n || '.' ELSE '' END
  || CASE WHEN shared.n > 0 AND shared.n < total.n THEN
    ' Under ' || shared.driven || ', ' || shared.n || ' ran on the host''s kernel.' ELSE '' END
  || CASE
    WHEN s.scope = '' AND NOT EXISTS (FROM kernel_trial WHERE kind_of(runtime) <> 'process' AND NOT machine) THEN ' This run has no trial of a container: add a runtime such as `' || default_runtime() || '`.'
    ELSE ''
  END AS summary,
  coalesce(total.n, 0) AS trials
FROM scoped AS s
LEFT JOIN tally AS total ON total.scope = s.scope
LEFT JOIN found AS shared ON shared.scope = s.scope AND shared.judgement = 'shared'
LEFT JOIN found AS own ON own.scope = s.scope AND own.judgement = 'own'
LEFT JOIN found AS away ON away.scope = s.scope AND away.judgement = 'elsewhere'
LEFT JOIN found AS torn ON torn.scope = s.scope AND torn.judgement = 'contradictory'
LEFT JOIN found AS unread ON unread.scope = s.scope AND unread.judgement = 'unread'
WHERE kind_of(s.only_runtime) <> 'vm'
ORDER BY claim, scope;

-- [7] VMs are not containers: they check the method, which must tell their kernels from the host's.
CREATE OR REPLACE VIEW method_check AS
SELECT
  'vm-kernels' AS name,
  CASE WHEN m.n IS NULL THEN 'not checked' WHEN m.own < m.n THEN 'no' ELSE 'yes' END AS holds,
  CASE
    WHEN m.n IS NULL THEN 'No VM was judged: only the runtime `qemu` shows that the witnesses distinguish kernels.'
    ELSE
      m.own || ' of ' || counted(m.n, 'trial', 'trials') || ' in VMs ran on a kernel of their own, not the host''s'
      || coalesce(' ' || (SELECT spoken(list(DISTINCT one_line(host_release) ORDER BY one_line(host_release))) FROM decisive AS d WHERE d.machine), '')
      || ', as both boot-specific and build-specific facts show: ' || m.releases || '.'
      || CASE WHEN m.own < m.n THEN
        ' ' || (m.n - m.own) || ' did not show one (' || m.odd || ')'
        || if(m.shared > 0, ', ' || m.shared || ' of them by every sign the host''s: the witnesses do not distinguish kernels', '') || '.'
        ELSE '' END
  END AS summary,
  coalesce(m.n, 0) AS trials
FROM machines AS m;

-- The rows behind each verdict. rank and witness: which; state: same, other, missing; container, host: what each side read;
-- note: why a reading is missing, where the agent or the harness said so; judgement: the whole trial's.
CREATE OR REPLACE VIEW evidence AS
SELECT
  if(d.machine, 'vm-kernels', 'C1') AS claim, if(d.machine, '', d.scope) AS scope, d.host_id, d.cell, w.block, d.trial_id, w.host_trial_id, w.rank, w.witness,
  CASE WHEN w.same THEN 'same' WHEN NOT w.same THEN 'other' ELSE 'missing' END AS state,
  coalesce(w.container, '') AS container, coalesce(w.host, '') AS host,
  CASE WHEN w.same IS NULL THEN concat_ws('; ', n.said, 'on the host ' || h.said) ELSE '' END AS note,
  d.judgement
FROM decisive AS d
JOIN witness AS w ON w.run_id = d.run_id AND w.trial_id = d.trial_id
LEFT JOIN note AS n ON n.run_id = d.run_id AND n.trial_id = d.trial_id AND n.subject = w.fact
LEFT JOIN note AS h ON h.run_id = d.run_id AND h.trial_id = w.host_trial_id AND h.subject = w.fact
ORDER BY ALL;
