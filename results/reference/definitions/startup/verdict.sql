-- Claim C7a: does a container start faster than a VM?
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials), evidence (claim, scope, trial_id, …), finding (host_id, rung, what),
--      not_counted (claim, reason, remedy, what, trial_id): trials that ended well and decide nothing,
--      for figures startup_trial, startup_phase, comparison, start_phase, for statistics sample, beside them pull, which decides nothing,
--      and method_check (name, holds, summary, trials): what watching a start from outside costs it.
-- Tables rather than views where more than one later step reads them: a view would parse the CSV again each time.

-- The confidence that an interval has at least, and the least factor that matters.
CREATE OR REPLACE MACRO confidence() AS 0.99;
CREATE OR REPLACE MACRO matters() AS 1.1;
-- The least number of blocks of which such an interval follows: of n values all lie on one side of their median with the chance 2 / 2^n.
CREATE OR REPLACE MACRO needed() AS CAST(ceil(log2(2 / (1 - confidence()))) AS BIGINT);
-- The share of pairs that may be lost to disturbance and failure.
CREATE OR REPLACE MACRO losable() AS 0.2;
-- The share of a trial in which some task waited for a processor, above which others must have had it.
CREATE OR REPLACE MACRO crowded() AS 0.75;
CREATE OR REPLACE MACRO milliseconds(ns) AS CASE WHEN ns < 1e6 THEN format('{:.3f}', ns / 1e6) WHEN ns < 1e8 THEN format('{:.1f}', ns / 1e6) ELSE format('{:.0f}', ns / 1e6) END || ' ms';

-- [1] One row a trial with its raw readings. Warm-ups are kept and flagged. The readings of all trials are turned to columns at once:
-- of a large run, reading them is nearly all that this file costs. name: the metric, of a stamp its event; no metric is called as an event is.
CREATE OR REPLACE TABLE startup_reading AS
SELECT
  t.* EXCLUDE (experiment, image_digest, sandbox, started_at_utc), o.* EXCLUDE (run_id, trial_id)
FROM (SELECT * FROM trial WHERE experiment = 'startup') AS t
LEFT JOIN (
  SELECT
    run_id, trial_id,
    max(whole) FILTER (name = 'begin') AS begin_ns,
    max(whole) FILTER (name = 'created') AS created_ns,
    max(whole) FILTER (name = 'start') AS start_ns,
    max(whole) FILTER (name = 'started') AS started_ns,
    max(whole) FILTER (name = 'arrived') AS arrived_ns,
    max(whole) FILTER (name = 'ended') AS ended_ns,
    max(whole) FILTER (name = 'removed') AS removed_ns,
    max(whole) FILTER (name = 'containerd') AS containerd_ns,
    max(whole) FILTER (name = 'shim') AS shim_ns,
    max(whole) FILTER (name = 'runtime_create') AS runtime_create_ns,
    max(whole) FILTER (name = 'runtime_created') AS runtime_created_ns,
    max(whole) FILTER (name = 'runtime_start') AS runtime_start_ns,
    max(whole) FILTER (name = 'first_monotonic_ns') AS first_monotonic_ns,
    max(whole) FILTER (name = 'first_boottime_ns') AS first_boottime_ns,
    max(whole) FILTER (name = 'shell_monotonic_ns') AS shell_monotonic_ns,
    max(whole) FILTER (name = 'timens_monotonic_ns') AS timens_monotonic_ns,
    max(whole) FILTER (name = 'channel_ns') AS channel_ns,
    max(whole) FILTER (name = 'engine_ping_ns') AS engine_ping_ns,
    max(whole) FILTER (name = 'wall_ns') AS wall_ns,
    max(text) FILTER (name = 'boot_id') AS boot_id,
    max(text) FILTER (name = 'disturbance') AS disturbance,
    bool_or(name = 'disturbance' AND subject = 'wire') AS wired,
    max(whole) FILTER (name = 'psi_cpu_ns') AS psi_cpu_ns,
    max(whole) FILTER (name = 'watched_ns') AS watched_ns,
    max(whole) FILTER (name = 'pull_ns') AS pull_ns,
    max(whole) FILTER (name = 'pull_bytes') AS pull_bytes,
    max(whole) FILTER (name = 'pull_layers') AS pull_layers,
    max(whole) FILTER (name = 'pull_layers_present') AS pull_layers_present,
    max(text) FILTER (name = 'pull_source') AS pull_source
  FROM (SELECT *, if(metric = 'stamp_ns', subject, metric) AS name FROM observation_row)
  GROUP BY run_id, trial_id
) AS o ON o.run_id = t.run_id AND o.trial_id = t.trial_id;

-- [2] The shared clock. The witness is the plain process of the same host and block; a cell's own readings stand for its other probes too.
CREATE OR REPLACE TABLE shared_clock AS
SELECT c.run_id, c.host_id, c.block, c.cell, bool_and(coalesce(c.boot_id = h.boot_id, false) AND coalesce(c.timens_monotonic_ns, 0) = 0) AS shared
FROM startup_reading AS c
JOIN (
  SELECT run_id, host_id, block, any_value(boot_id) AS boot_id
  FROM startup_reading
  WHERE kind_of(runtime) = 'process' AND boot_id IS NOT NULL
  GROUP BY ALL
  HAVING count(DISTINCT boot_id) = 1 AND bool_and(coalesce(timens_monotonic_ns, 0) = 0)
) AS h ON h.run_id = c.run_id AND h.host_id = c.host_id AND h.block = c.block
WHERE c.probe = 'agent' AND c.outcome = 'ok'
GROUP BY ALL;

-- [3] What a trial says. rung: the treatment without userland and cache, as scopes and figures name it. traced: watched from outside.
CREATE OR REPLACE TABLE every_start AS
SELECT
  *,
  -- [4]
  CASE
    WHEN outcome <> 'ok' THEN outcome
    WHEN wired THEN 'over a network'
    WHEN disturbance IS NOT NULL OR coalesce(psi_cpu_ns > crowded() * watched_ns, false) THEN 'disturbed'
    WHEN to_first_ns IS NULL AND kind <> 'vm' AND NOT clock_shared THEN 'without a shared clock'
    WHEN to_first_ns IS NULL THEN 'without its stamps'
  END AS left_out_as,
  NOT warmup AND left_out_as IS NULL AS judged
FROM (
  SELECT
    *,
    CASE WHEN kind = 'vm' OR clock_own THEN arrived_ns - begin_ns WHEN clock_shared THEN first_monotonic_ns - begin_ns END AS to_first_ns,
    -- A machine's clock is another's, yet its own time from its first instruction to the shell's first command can be added.
    CASE WHEN kind = 'vm' OR clock_own THEN arrived_ns - begin_ns + shell_monotonic_ns - first_monotonic_ns WHEN clock_shared THEN shell_monotonic_ns - begin_ns END AS to_shell_ns
  FROM (
    SELECT
      r.*,
      kind_of(r.runtime) AS kind,
      CASE WHEN list_contains(string_split(r.variant, ';'), 'cache=cold') THEN 'cold' ELSE 'warm' END AS cache,
      list_contains(string_split(r.variant, ';'), 'trace=on') AS traced,
      CASE kind_of(r.runtime)
        WHEN 'process' THEN 'plain process'
        WHEN 'vm' THEN r.runtime || ' ' || coalesce(nullif(regexp_extract(r.variant, '(^|;)shape=([^;]*)', 2), ''), 'microvm')
        ELSE if(r.engine = '', '', r.engine || '/') || r.runtime
      END
      || coalesce(' ' || nullif(array_to_string(list_filter(string_split(r.variant, ';'), lambda s: s <> '' AND s <> 'cache=cold' AND NOT starts_with(s, 'shape=')), ';'), ''), '') AS rung,
      -- An equal kernel is not enough: the first instruction must also lie between the harness's own stamps.
      coalesce(c.shared AND r.first_monotonic_ns BETWEEN r.begin_ns AND r.arrived_ns, false) AS clock_shared,
      coalesce(NOT c.shared, false) AS clock_own
    -- A pull is no start.
    FROM (SELECT * EXCLUDE (pull_ns, pull_bytes, pull_layers, pull_layers_present, pull_source) FROM startup_reading WHERE probe <> 'pull') AS r
    LEFT JOIN shared_clock AS c ON c.run_id = r.run_id AND c.host_id = r.host_id AND c.block = r.block AND c.cell = r.cell
  )
);

-- [13] A start that is watched costs more than one that is not: it is in no comparison, and in no number beside those of its own.
CREATE OR REPLACE VIEW startup_trial AS SELECT * EXCLUDE (traced, containerd_ns, shim_ns, runtime_create_ns, runtime_created_ns, runtime_start_ns) FROM every_start WHERE NOT traced;

-- [12] Pulling, beside the starts: it is in none of them and decides nothing. ns: of a pull that was a whole one, on a quiet machine.
CREATE OR REPLACE TABLE pull AS
SELECT
  run_id, trial_id, host_id, cell, userland, block, outcome, detail,
  pull_ns, pull_bytes AS bytes, pull_layers AS layers, pull_layers_present AS layers_present,
  -- Without the digest, which the column image_digest of trial has.
  split_part(pull_source, '@', 1) AS source,
  CASE WHEN outcome = 'ok' AND disturbance IS NULL AND pull_layers_present = 0 THEN pull_ns END AS ns
FROM startup_reading
WHERE probe = 'pull' AND NOT warmup;

-- Nothing that follows needs startup_reading, which of a large run is half of what is kept; hence pulls stand here.
DROP TABLE startup_reading;

-- Phases of a judged trial, in order; a step that a rung doesn't have has no row. upto_first: within the number that is judged.
CREATE OR REPLACE VIEW startup_phase AS
SELECT trial_id, run_id, host_id, kind, cell, rung, userland, kernel, accelerator, cache, probe, block, place, phase, upto_first, phase_ns AS duration_ns
FROM (
  SELECT
    *,
    unnest(CASE WHEN kind = 'vm' THEN [
      {place: 1, phase: 'spawn', upto_first: true, phase_ns: started_ns - begin_ns},
      -- The guest's boot clock begins when its kernel begins to keep time.
      {place: 2, phase: 'kernel entry', upto_first: true, phase_ns: arrived_ns - coalesce(channel_ns, 0) - first_boottime_ns - started_ns},
      {place: 3, phase: 'init', upto_first: true, phase_ns: first_boottime_ns},
      {place: 4, phase: 'ready', upto_first: true, phase_ns: channel_ns},
      {place: 5, phase: 'exit', upto_first: false, phase_ns: ended_ns - arrived_ns},
      {place: 6, phase: 'removed', upto_first: false, phase_ns: removed_ns - ended_ns}
    ] ELSE [
      {place: 1, phase: 'create', upto_first: true, phase_ns: created_ns - begin_ns},
      {place: 2, phase: 'setup', upto_first: true, phase_ns: start_ns - coalesce(created_ns, begin_ns)},
      {place: 3, phase: 'start', upto_first: true, phase_ns: begin_ns + to_first_ns - coalesce(start_ns, created_ns, begin_ns)},
      {place: 5, phase: 'exit', upto_first: false, phase_ns: ended_ns - begin_ns - to_first_ns},
      {place: 6, phase: 'removed', upto_first: false, phase_ns: removed_ns - ended_ns}
    ] END, recursive := true)
  FROM startup_trial
  WHERE judged
)
-- A negative phase is two clocks that do not fit: no phase rather than a wrong one.
WHERE phase_ns >= 0;

-- [13] Where an engine's start goes, in trials that were watched. All moments are on one clock, CLOCK_MONOTONIC; a trial that lacks one, or
-- has them in another order, has no phases. started: the rung's name without the watching.
CREATE OR REPLACE TABLE start_phase AS
SELECT
  run_id, trial_id, host_id, cell, userland, started, block, start_ns, begin_ns + to_first_ns - start_ns AS whole_ns,
  unnest(list_concat(
    CASE WHEN containerd_ns IS NULL
      THEN [{place: 1, phase: 'engine and containerd', phase_ns: shim_ns - start_ns}]
      ELSE [{place: 1, phase: 'engine', phase_ns: containerd_ns - start_ns}, {place: 2, phase: 'containerd', phase_ns: shim_ns - containerd_ns}]
    END,
    [
      {place: 3, phase: 'shim', phase_ns: runtime_create_ns - shim_ns},
      {place: 4, phase: 'runtime''s create', phase_ns: runtime_created_ns - runtime_create_ns},
      {place: 5, phase: 'back and forth', phase_ns: runtime_start_ns - runtime_created_ns},
      {place: 6, phase: 'runtime''s start', phase_ns: begin_ns + to_first_ns - runtime_start_ns}
    ]), recursive := true)
FROM (SELECT *, replace(rung, ' trace=on', '') AS started FROM every_start WHERE traced AND judged AND probe = 'agent')
WHERE start_ns <= coalesce(containerd_ns, shim_ns) AND coalesce(containerd_ns, shim_ns) <= shim_ns AND shim_ns <= runtime_create_ns
  AND runtime_create_ns <= runtime_created_ns AND runtime_created_ns <= runtime_start_ns AND runtime_start_ns <= begin_ns + to_first_ns;

-- What watching costs: the same cell watched and not, in the same blocks.
CREATE OR REPLACE TABLE watched_pair AS
SELECT w.run_id, w.host_id, w.cell, w.started, w.userland, w.block, p.cell AS plain_cell, w.ns / p.ns AS ratio, w.ns, p.ns AS plain_ns
FROM (
  SELECT run_id, host_id, cell, replace(rung, ' trace=on', '') AS started, userland, kernel, cache, block, median(CAST(to_first_ns AS DOUBLE)) AS ns
  FROM every_start
  WHERE traced AND judged AND probe = 'agent'
  GROUP BY ALL
) AS w
JOIN (
  SELECT run_id, host_id, cell, rung, userland, kernel, cache, block, median(CAST(to_first_ns AS DOUBLE)) AS ns
  FROM startup_trial
  WHERE judged AND probe = 'agent' AND rung IN (SELECT replace(rung, ' trace=on', '') FROM every_start WHERE traced)
  GROUP BY ALL
) AS p ON p.run_id = w.run_id AND p.host_id = w.host_id AND p.rung = w.started AND p.userland = w.userland AND p.kernel = w.kernel AND p.cache = w.cache AND p.block = w.block;

-- [5] A block's value of a cell: the median over its repetitions.
CREATE OR REPLACE TABLE block_value AS
SELECT
  run_id, host_id, cell, kind, rung, userland, kernel, accelerator, cache, block,
  median(CAST(to_first_ns AS DOUBLE)) FILTER (judged) AS ns,
  count(*) FILTER (judged) AS trials,
  bool_or(outcome <> 'unavailable') AS tried
FROM startup_trial
WHERE probe = 'agent' AND NOT warmup
GROUP BY ALL;

-- [6] Which container is compared with which VM: same run, host, userland and cache.
CREATE OR REPLACE TABLE contest AS
SELECT
  c.run_id, c.host_id, c.userland, c.cache, v.accelerator, c.cell AS container_cell, v.cell AS vm_cell, c.rung AS container, v.rung AS vm,
  c.rung || ' vs ' || v.rung || '; accelerator=' || v.accelerator
  || if(c.cache = 'cold', '; cache=cold', '')
  || if(hosts > 1, '; host=' || c.host_id, '')
  || if(is_usual_kernel(v.kernel), '', '; kernel=' || v.kernel)
  || if(c.userland <> 'busybox:static', '; userland=' || c.userland, '') AS scope,
  'every container vs every VM; accelerator=' || v.accelerator || if(c.cache = 'cold', '; cache=cold', '') || if(hosts > 1, '; host=' || c.host_id, '') AS group_scope
FROM (SELECT DISTINCT run_id, host_id, cell, rung, userland, cache FROM block_value WHERE kind = 'container') AS c
JOIN (SELECT DISTINCT run_id, host_id, cell, rung, userland, kernel, accelerator, cache FROM block_value WHERE kind = 'vm') AS v
  ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.cache = c.cache
CROSS JOIN (SELECT count(DISTINCT host_id) AS hosts FROM block_value);

CREATE OR REPLACE TABLE pair AS
SELECT k.*, c.block, c.ns AS container_ns, v.ns AS vm_ns, v.ns / c.ns AS ratio, c.tried AND v.tried AS tried
FROM contest AS k
JOIN block_value AS c ON c.run_id = k.run_id AND c.host_id = k.host_id AND c.cell = k.container_cell
JOIN block_value AS v ON v.run_id = k.run_id AND v.host_id = k.host_id AND v.cell = k.vm_cell AND v.block = c.block;

-- [7] Ranks of the interval of a median of n values: the binomial distribution with one half, cut on both sides.
CREATE OR REPLACE TABLE median_rank AS
SELECT n, count(*) FILTER (cumulated <= (1 - confidence()) / 2) AS low
FROM (
  SELECT n, k, sum(exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * ln(2))) OVER (PARTITION BY n ORDER BY k) AS cumulated
  FROM (SELECT n, unnest(range(n + 1)) AS k FROM (
    SELECT count(ratio) AS n FROM pair GROUP BY run_id, scope
    UNION SELECT count(*) FROM watched_pair GROUP BY run_id, host_id, cell
    UNION SELECT count(*) FROM start_phase GROUP BY run_id, host_id, cell, phase
  ) WHERE n > 0)
)
GROUP BY n;

-- [13] One row a watched cell and phase, its share of the medians' sum; and one a watched cell, what watching cost it. Intervals as in 7.
CREATE OR REPLACE TABLE start_share AS
SELECT
  p.* EXCLUDE (sorted, cells), p.median_ns / sum(p.median_ns) OVER (PARTITION BY p.run_id, p.host_id, p.cell) AS share,
  if(r.low > 0, p.sorted[r.low], NULL) AS low, if(r.low > 0, p.sorted[p.n + 1 - r.low], NULL) AS high,
  -- As readers see it: what differs between the cells of the run is named.
  p.started || if(p.cells > 1, ', ' || p.userland, '') || if((SELECT count(DISTINCT host_id) FROM start_phase) > 1, ', host ' || p.host_id, '') AS name
FROM (
  SELECT
    run_id, host_id, cell, userland, started, place, phase, count(*) AS n, median(CAST(phase_ns AS DOUBLE)) AS median_ns, list_sort(list(CAST(phase_ns AS DOUBLE))) AS sorted,
    (SELECT count(DISTINCT userland) FROM start_phase) AS cells
  FROM start_phase
  GROUP BY ALL
) AS p
JOIN median_rank AS r ON r.n = p.n;

CREATE OR REPLACE TABLE watching AS
SELECT w.* EXCLUDE (ratios), if(r.low > 0, w.ratios[r.low], NULL) AS low, if(r.low > 0, w.ratios[w.n + 1 - r.low], NULL) AS high
FROM (
  SELECT run_id, host_id, cell, userland, started, plain_cell, count(*) AS n, median(ratio) AS ratio, list_sort(list(ratio)) AS ratios
  FROM watched_pair
  GROUP BY ALL
) AS w
JOIN median_rank AS r ON r.n = w.n;

-- One row a contest: the VM's time over the container's, and what it decides.
CREATE OR REPLACE TABLE comparison AS
SELECT
  *,
  -- [8]
  CASE
    WHEN n = 0 THEN 'not tested'
    WHEN n < tried * (1 - losable()) THEN 'inconclusive'
    WHEN low IS NULL THEN 'inconclusive'
    WHEN low > matters() THEN 'supported'
    WHEN high < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END AS verdict
FROM (
  SELECT
    p.* EXCLUDE (ratios),
    if(r.low > 0, p.ratios[r.low], NULL) AS low,
    if(r.low > 0, p.ratios[p.n + 1 - r.low], NULL) AS high
  FROM (
    SELECT
      run_id, host_id, userland, cache, accelerator, container_cell, vm_cell, container, vm, scope, group_scope,
      count(ratio) AS n, count(*) FILTER (tried) AS tried,
      median(ratio) AS ratio, list_sort(list(ratio) FILTER (ratio IS NOT NULL)) AS ratios,
      median(container_ns) FILTER (ratio IS NOT NULL) AS container_ns, median(vm_ns) FILTER (ratio IS NOT NULL) AS vm_ns,
      if(userland IN (SELECT userland FROM stand_in), 'synthetic', 'real') AS basis
    FROM pair
    GROUP BY ALL
  ) AS p
  LEFT JOIN median_rank AS r ON r.n = p.n
);

-- [9] Drift: the last third of the blocks against the first, cell by cell. share: of all pairs of a late and an early value, those in which the late one is greater.
-- That share is the rank sum's (Mann and Whitney), so that it costs no more than sorting.
CREATE OR REPLACE TABLE finding AS
SELECT
  host_id, cell, rung, userland, cache, first_ns, last_ns,
  rung || if(userland IN ('host', 'busybox:static'), '', ' (' || userland || ')') || if(cache = 'cold', ' (cold)', '')
  || if(last_ns > first_ns, ' slower', ' faster') || ' by a factor of ' || factor(greatest(last_ns / first_ns, first_ns / last_ns)) AS what
FROM (
  SELECT
    host_id, cell, rung, userland, cache,
    median(ns) FILTER (third = 1) AS first_ns, median(ns) FILTER (third = 3) AS last_ns,
    count(*) FILTER (third = 3) AS late,
    (sum(place) FILTER (third = 3) - late * (late + 1) / 2) / (late * late) AS share
  FROM (
    SELECT
      *,
      -- Equal values share the mean of their places.
      rank() OVER (PARTITION BY run_id, host_id, cell ORDER BY ns) + (count(*) OVER (PARTITION BY run_id, host_id, cell, ns) - 1) / 2 AS place
    FROM (
      SELECT
        *,
        CASE
          WHEN row_number() OVER (PARTITION BY run_id, host_id, cell ORDER BY block) <= count(*) OVER (PARTITION BY run_id, host_id, cell) // 3 THEN 1
          WHEN row_number() OVER (PARTITION BY run_id, host_id, cell ORDER BY block DESC) <= count(*) OVER (PARTITION BY run_id, host_id, cell) // 3 THEN 3
        END AS third
      FROM block_value
      WHERE ns IS NOT NULL
    )
    WHERE third IS NOT NULL
  )
  GROUP BY ALL
  HAVING late >= 3
)
WHERE greatest(last_ns / first_ns, first_ns / last_ns) >= matters() AND abs(share - 0.5) >= 0.4;

CREATE OR REPLACE TABLE drift AS
SELECT string_agg(what, ', ' ORDER BY host_id, cell) AS what
FROM finding;

-- [4] Trials that ended well and decide nothing all the same.
CREATE OR REPLACE VIEW not_counted AS
SELECT
  'C7a' AS claim,
  CASE left_out_as
    WHEN 'disturbed' THEN 'other load used the processors or the disk'
    WHEN 'over a network' THEN 'the engine is reached over a network, which is part of the time'
    WHEN 'without a shared clock' THEN 'no clock is shared with the host'
    ELSE 'stamps are missing'
  END AS reason,
  if(left_out_as = 'disturbed', 'run on a quiet host', '') AS remedy, rung AS what, trial_id
FROM startup_trial
WHERE probe = 'agent' AND NOT warmup AND left_out_as IS NOT NULL AND outcome = 'ok'
UNION ALL
SELECT 'C7a', 'the program under test did not succeed', '', rung, trial_id
FROM startup_trial
WHERE probe = 'agent' AND NOT warmup AND left_out_as IS NOT NULL AND outcome NOT IN ('ok', 'unavailable', 'broken');

-- The trials behind each contest: those of blocks in which both sides have a value. Then behind each group of contests, and behind the claim:
-- [11] without a scope it is about VMs as people run them, with hardware acceleration, and about no stand-in.
CREATE OR REPLACE TABLE contest_trial AS
WITH behind AS (
  SELECT p.scope, p.group_scope, p.accelerator, p.userland NOT IN (SELECT userland FROM stand_in) AS is_real, p.run_id, t.trial_id
  FROM pair AS p
  JOIN startup_trial AS t ON t.run_id = p.run_id AND t.host_id = p.host_id AND t.block = p.block AND t.cell IN (p.container_cell, p.vm_cell)
  WHERE p.ratio IS NOT NULL AND t.probe = 'agent' AND t.judged
)
SELECT run_id, scope, trial_id FROM behind
UNION
SELECT run_id, group_scope, trial_id FROM behind
UNION
SELECT run_id, '', trial_id FROM behind WHERE accelerator <> 'tcg' AND is_real;

-- [10] All containers against all VMs of one accelerator. A stand-in's counterexample is none of the real thing's.
CREATE OR REPLACE TABLE grouped AS
SELECT
  group_scope, accelerator, any_value(host_id) AS host_id,
  CASE
    WHEN bool_or(verdict = 'refuted' AND basis = 'real') THEN 'refuted'
    WHEN bool_and(verdict = 'not tested') THEN 'not tested'
    WHEN bool_or(verdict IN ('inconclusive', 'refuted')) THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  -- Of what was measured, if anything was.
  CASE coalesce(list(DISTINCT basis ORDER BY basis) FILTER (verdict <> 'not tested'), list(DISTINCT basis ORDER BY basis))
    WHEN ['real'] THEN 'real' WHEN ['synthetic'] THEN 'synthetic' ELSE 'mixed'
  END AS basis,
  count(*) FILTER (verdict <> 'not tested') AS contests,
  count(*) FILTER (verdict = 'supported') AS won, count(*) FILTER (verdict = 'refuted') AS lost,
  count(*) FILTER (verdict = 'inconclusive') AS undecided, count(*) FILTER (verdict = 'not tested') AS untested,
  string_agg(container || ' vs ' || vm, ', ' ORDER BY scope) FILTER (verdict = 'refuted') AS lost_names,
  string_agg(container || ' vs ' || vm, ', ' ORDER BY scope) FILTER (verdict = 'inconclusive') AS undecided_names,
  min(ratio) AS least, max(ratio) AS most
FROM comparison
GROUP BY group_scope, accelerator;

-- What was pulled of each cell, where anything was.
CREATE OR REPLACE TABLE pulled AS
SELECT
  run_id, host_id, cell, any_value(userland) AS userland, count(*) AS asked, count(ns) AS n, median(CAST(ns AS DOUBLE)) AS ns,
  mebibytes(any_value(bytes ORDER BY block)) || ' in ' || counted(any_value(layers ORDER BY block), 'layer', 'layers') || ' from ' || any_value(source ORDER BY block) AS what
FROM pull
GROUP BY run_id, host_id, cell
HAVING count(ns) > 0;

CREATE OR REPLACE TABLE pulling AS
SELECT
  string_agg(
    userland || if((SELECT count(DISTINCT host_id) FROM pulled) > 1, ' (host ' || host_id || ')', '') || ', ' || what || ': '
    || milliseconds(ns) || ' in the median of ' || counted(n, 'pull', 'pulls') || if(n < asked, ' of ' || asked, ''),
    '; ' ORDER BY host_id, userland) AS what
FROM pulled;

-- The trials behind the check: of blocks in which a cell was watched and not.
CREATE OR REPLACE VIEW watched_trial AS
SELECT t.*
FROM every_start AS t
WHERE t.judged AND t.probe = 'agent'
  AND EXISTS (FROM watched_pair AS p WHERE p.run_id = t.run_id AND p.host_id = t.host_id AND p.block = t.block AND t.cell IN (p.cell, p.plain_cell));

-- What the start goes into, in one sentence a cell, the greatest share first.
CREATE OR REPLACE TABLE splitting AS
SELECT string_agg(what, '; ' ORDER BY name) AS what
FROM (
  SELECT
    name,
    name || ': ' || string_agg(phase || ' ' || milliseconds(median_ns) || ' (' || format('{:.0f}', 100 * share) || ' %)', ', ' ORDER BY place)
    || ', medians of ' || counted(max(n), 'watched start', 'watched starts') AS what
  FROM start_share
  GROUP BY name
);

CREATE OR REPLACE TABLE scope_trials AS
SELECT scope, count(*) AS trials
FROM contest_trial
GROUP BY scope;

CREATE OR REPLACE VIEW verdict AS
SELECT 'C7a' AS claim, v.scope, v.verdict, v.basis, headline(v.headline) AS headline, v.summary, coalesce(s.trials, 0) AS trials
FROM (
  SELECT
    '' AS scope,
    CASE
      WHEN count(*) FILTER (is_claim AND verdict <> 'not tested') = 0 THEN 'not tested'
      WHEN bool_or(verdict = 'refuted') FILTER (is_ordinary) THEN 'refuted'
      WHEN count(*) FILTER (is_ordinary AND verdict <> 'not tested') = 0 OR bool_or(verdict = 'inconclusive') FILTER (is_ordinary) THEN 'inconclusive'
      WHEN bool_or(verdict = 'refuted') FILTER (is_claim) THEN 'qualified'
      WHEN bool_or(verdict = 'inconclusive') FILTER (is_claim) THEN 'inconclusive'
      ELSE 'supported'
    END AS verdict,
    -- Nothing else counts here, see is_claim.
    'real' AS basis,
    CASE
      WHEN count(*) FILTER (verdict <> 'not tested') = 0 THEN
        coalesce((
          SELECT 'Not measured: other load used the processors in ' || count_if(left_out_as = 'disturbed') || ' of ' || counted(count(*), 'trial', 'trials') || '; run on a quiet host'
          FROM startup_trial WHERE probe = 'agent' AND NOT warmup AND outcome NOT IN ('unavailable', 'broken') HAVING count_if(left_out_as = 'disturbed') > 0
        ), (
          SELECT 'Not measured: the engine is reached over a network, which is part of each time'
          FROM startup_trial WHERE probe = 'agent' AND NOT warmup HAVING count_if(left_out_as = 'over a network') > 0
        ), 'Not measured: no container could be compared with a VM')
      WHEN count(*) FILTER (is_claim AND verdict <> 'not tested') = 0 THEN
        'Not measured with hardware acceleration' || coalesce('; under emulation (TCG) VMs took ' || factors(min(ratio) FILTER (usual_tcg), max(ratio) FILTER (usual_tcg)) || ' as long', '; no real userland was compared')
      WHEN count(*) FILTER (is_ordinary AND verdict <> 'not tested') = 0 THEN 'Open: no container under ' || usual_runtimes() || ' was compared with an accelerated VM'
      WHEN bool_or(verdict = 'refuted') FILTER (is_ordinary) THEN
        'Containers were slower than VMs in ' || count(*) FILTER (is_ordinary AND verdict = 'refuted') || ' of ' || counted(count(*) FILTER (is_ordinary AND verdict <> 'not tested'), 'comparison', 'comparisons') || ' under ' || usual_runtimes()
      WHEN bool_or(verdict = 'inconclusive') FILTER (is_ordinary) THEN
        'Open: ' || count(*) FILTER (is_ordinary AND verdict = 'inconclusive') || ' of ' || counted(count(*) FILTER (is_ordinary AND verdict <> 'not tested'), 'comparison', 'comparisons') || ' undecided; VMs took '
        || factors(min(ratio) FILTER (is_ordinary), max(ratio) FILTER (is_ordinary)) || ' as long'
      ELSE
        'VMs took ' || factors(min(ratio) FILTER (is_ordinary), max(ratio) FILTER (is_ordinary)) || ' as long as containers to start (' || counted(count(*) FILTER (is_ordinary AND verdict <> 'not tested'), 'comparison', 'comparisons') || ')'
        || CASE
          WHEN bool_or(verdict = 'refuted') FILTER (is_claim) THEN '; slower under ' || named(list(DISTINCT container_runtime ORDER BY container_runtime) FILTER (is_claim AND verdict = 'refuted'))
          WHEN bool_or(verdict = 'inconclusive') FILTER (is_claim) THEN '; open under ' || named(list(DISTINCT container_runtime ORDER BY container_runtime) FILTER (is_claim AND verdict = 'inconclusive'))
          ELSE ''
        END
    END AS headline,
    CASE
      WHEN count(*) FILTER (verdict <> 'not tested') = 0 THEN 'No container could be compared with a VM.'
      WHEN count(*) FILTER (is_claim AND verdict <> 'not tested') = 0 AND bool_and(accelerator = 'tcg') FILTER (verdict <> 'not tested') THEN
        'All VMs ran under TCG (pure emulation); these timings do not apply to hardware-accelerated VMs (KVM). The rows with accelerator=tcg say what was measured.'
      WHEN count(*) FILTER (is_claim AND verdict <> 'not tested') = 0 THEN 'No hardware-accelerated VM (KVM) of a real userland was measured. The rows with a scope say what was.'
      ELSE
        'Of ' || counted(count(*) FILTER (is_claim AND verdict <> 'not tested'), 'comparison', 'comparisons') || ' with hardware-accelerated VMs the container was faster in '
        || count(*) FILTER (is_claim AND verdict = 'supported') || ', slower in ' || count(*) FILTER (is_claim AND verdict = 'refuted')
        || ', undecided in ' || count(*) FILTER (is_claim AND verdict = 'inconclusive') || '.'
    END
    || coalesce(' Drift between the first and the last third of the blocks: ' || any_value(d.what) || '.', '')
    || coalesce(' Pulling the image first is in none of these times: ' || any_value(p.what) || '.', '')
    || coalesce(' Where the engine''s start goes: ' || any_value(w.what) || '.', '') AS summary
  FROM (SELECT 1) AS one
  LEFT JOIN (
    SELECT
      *, accelerator <> 'tcg' AND basis = 'real' AS is_claim, is_claim AND is_usual_container(container_cell) AS is_ordinary,
      accelerator = 'tcg' AND basis = 'real' AND is_usual_container(container_cell) AS usual_tcg,
      runtime_name(runtime_of(container_cell)) AS container_runtime
    FROM comparison
  ) AS c ON true
  CROSS JOIN drift AS d
  CROSS JOIN pulling AS p
  CROSS JOIN splitting AS w
  UNION ALL
  SELECT
    group_scope, verdict, basis,
    CASE
      WHEN contests = 0 THEN 'Not measured: no container could be compared with a VM'
      ELSE if(verdict = 'inconclusive', 'Open: ', '') || 'VMs took ' || factors(least, most) || ' as long as containers; faster in ' || won || ' of ' || counted(contests, 'comparison', 'comparisons') || ', ' || accelerator_name(accelerator)
    END,
    if(contests = 0, 'No container could be compared with a VM',
      'Of ' || counted(contests, 'comparison', 'comparisons') || ' the container was faster in ' || won || ', slower in ' || lost || ', undecided in ' || undecided
      || '; the VM took from ' || factor(least) || '× to ' || factor(most) || '× as long as the container (medians over blocks)')
    || coalesce('; slower: ' || lost_names, '') || coalesce('; undecided: ' || undecided_names, '')
    || if(untested > 0, '; not tested: ' || untested, '') || '.'
  FROM grouped
  UNION ALL
  SELECT
    c.scope, c.verdict, c.basis,
    CASE
      WHEN c.n = 0 THEN 'Not measured: no block has a value of both'
      ELSE
        fitting(
          if(c.verdict = 'inconclusive', 'Open: the', 'The') || ' VM took ' || factor(c.ratio) || '× as long'
          || if(c.low IS NULL, ' (' || counted(c.n, 'block', 'blocks') || ', too few for an interval)', ' (' || format('{:.0f}', confidence() * 100) || ' % CI ' || factor(c.low) || '–' || factor(c.high) || ')')
          || ': ' || milliseconds(c.vm_ns) || ' vs ' || milliseconds(c.container_ns) || ', ' || accelerator_name(c.accelerator),
          if(c.verdict = 'inconclusive', 'Open: the', 'The') || ' VM took ' || factor(c.ratio) || '× as long'
          || if(c.low IS NULL, ' (' || counted(c.n, 'block', 'blocks') || ', too few for an interval)', ' (' || format('{:.0f}', confidence() * 100) || ' % CI ' || factor(c.low) || '–' || factor(c.high) || ')')
          || ': ' || milliseconds(c.vm_ns) || ' vs ' || milliseconds(c.container_ns) || ', ' || upper(c.accelerator))
    END,
    CASE
      WHEN c.n = 0 THEN 'No block has a value of both.'
      ELSE
        'The VM (' || c.vm || ', ' || upper(c.accelerator) || ') took ' || factor(c.ratio) || '× as long as the container (' || c.container || ') to reach its first instruction (median over '
        || counted(c.n, 'block', 'blocks') || ', '
        || CASE WHEN c.low IS NULL THEN 'too few for a ' || format('{:.0f}', confidence() * 100) || ' % CI, which takes ' || needed()
           ELSE format('{:.0f}', confidence() * 100) || ' % CI ' || factor(c.low) || '–' || factor(c.high) END
        || '; medians ' || milliseconds(c.vm_ns) || ' vs ' || milliseconds(c.container_ns) || ')'
        || CASE
             WHEN c.n < c.tried * (1 - losable()) THEN '; of ' || counted(c.tried, 'pair', 'pairs') || ' that were run ' || c.tried - c.n || ' are lost, more than a fifth'
             WHEN c.verdict <> 'inconclusive' OR c.low IS NULL THEN ''
             WHEN c.low >= 1 / matters() AND c.high <= matters() THEN '; equivalent within ' || format('{:.0f}', (matters() - 1) * 100) || ' %'
             ELSE '; undecided: the interval contains relevant and irrelevant differences' END
        || if(o.cell IS NULL, '', '; ' || c.container || ' has a clock of its own, its time ends at arrival')
        || '.'
    END
  FROM comparison AS c
  LEFT JOIN (SELECT DISTINCT run_id, host_id, cell FROM startup_trial WHERE clock_own AND judged) AS o
    ON o.run_id = c.run_id AND o.host_id = c.host_id AND o.cell = c.container_cell
) AS v
LEFT JOIN scope_trials AS s ON s.scope = v.scope
ORDER BY v.scope;

-- [13] Whether what watched starts say may be said of others. None where nothing was to be watched.
CREATE OR REPLACE VIEW method_check AS
SELECT
  'start-trace' AS name,
  CASE
    WHEN coalesce(bool_or(low > matters()), false) THEN 'no'
    WHEN count(cell) = asked AND bool_and(coalesce(high < matters(), false)) THEN 'yes'
    ELSE 'not checked'
  END AS holds,
  CASE
    WHEN count(cell) = 0 THEN 'No start was watched and not watched in the same block' || coalesce(': ' || reason, '') || '.'
    ELSE
      'Watching a start from outside made it take '
      || string_agg(
        factor(ratio) || '× as long under ' || started || if(userlands > 1, ', ' || userland, '') || if(hosts > 1, ', host ' || host_id, '') || ' ('
        || if(low IS NULL, counted(n, 'block', 'blocks') || ', too few for an interval, which takes ' || needed(), format('{:.0f}', confidence() * 100) || ' % CI ' || factor(low) || '–' || factor(high) || ', ' || counted(n, 'block', 'blocks')) || ')',
        ', ' ORDER BY host_id, cell)
      || '. Its phases are those of watched starts only'
      || CASE
        WHEN bool_or(low > matters()) THEN ', which is more than a tenth: they overstate what an unwatched start takes.'
        WHEN count(cell) = asked AND bool_and(coalesce(high < matters(), false)) THEN '; the difference is below a tenth.'
        ELSE '; whether the difference is below a tenth is open: more blocks (--repeat) tell.'
      END
  END AS summary,
  coalesce((SELECT count(*) FROM watched_trial), 0) AS trials
FROM (
  SELECT
    count(DISTINCT (host_id, cell)) AS asked, count(DISTINCT host_id) AS hosts, count(DISTINCT userland) AS userlands,
    coalesce(
      any_value(one_line(detail)) FILTER (outcome IN ('unavailable', 'broken') AND detail <> ''),
      any_value('others had the processors or the disk meanwhile: run on a quiet host') FILTER (left_out_as = 'disturbed'),
      any_value('the engine is reached over a network') FILTER (left_out_as = 'over a network')
    ) AS reason
  FROM every_start
  WHERE traced
  HAVING count(*) > 0
) AS a
LEFT JOIN (SELECT run_id, host_id, cell, userland, started, n, ratio, low, high FROM watching) AS w ON true
GROUP BY asked, hosts, userlands, reason;

CREATE OR REPLACE VIEW evidence AS
SELECT
  'C7a' AS claim, e.scope, t.trial_id, t.host_id, t.cell, t.block, t.repetition, t.kind, t.rung, t.to_first_ns, t.channel_ns, t.clock_shared,
  if(t.userland IN (SELECT userland FROM stand_in), 'synthetic', 'real') AS basis
FROM contest_trial AS e
JOIN startup_trial AS t ON t.run_id = e.run_id AND t.trial_id = e.trial_id
UNION ALL
SELECT
  'start-trace', '', t.trial_id, t.host_id, t.cell, t.block, t.repetition, t.kind, t.rung, t.to_first_ns, t.channel_ns, t.clock_shared,
  if(t.userland IN (SELECT userland FROM stand_in), 'synthetic', 'real')
FROM watched_trial AS t
ORDER BY ALL;

-- What the report's statistics are made of, deciding nothing: one row a trial that was asked for, warm-ups excepted; value is NULL where it is left out.
-- Numbers with different host, measure, probe or cell are never in one sample. Of to_arrival_ns two probes speak: ours by its stamps, and BenchmarkDotNet.
-- Pulls are a measure of their own, which is compared with nothing.
-- reference: the plain container of the same host, userland and state of the caches, by an engine where there is one, else by runc itself.
CREATE OR REPLACE VIEW sample AS
SELECT
  s.run_id, s.host_id, s.cell,
  s.rung || if(s.accelerator = '', '', ' (' || s.accelerator || ')') || if(s.userland IN ('host', 'busybox:static'), '', ', ' || s.userland)
  || if(s.kernel = 'host' OR is_usual_kernel(s.kernel), '', ', kernel ' || s.kernel) || if(s.cache = 'cold', ', cold caches', '') AS label,
  s.block, s.probe, s.measure, s.value, 'ns' AS unit, r.cell AS reference
FROM (
  SELECT *, 'to_first_ns' AS measure, CASE WHEN judged THEN to_first_ns END AS value
  FROM startup_trial
  WHERE probe = 'agent'
  UNION ALL
  SELECT *, 'to_shell_ns', CASE WHEN judged THEN to_shell_ns END
  FROM startup_trial
  WHERE probe = 'shell'
  UNION ALL
  -- An arrival is stamped by the harness's own clock on every rung: it needs no shared one.
  SELECT
    *, 'to_arrival_ns',
    CASE WHEN outcome = 'ok' AND disturbance IS NULL THEN if(probe = 'bdn', wall_ns, arrived_ns - begin_ns) END
  FROM startup_trial
  WHERE probe = 'bdn' OR probe = 'agent' AND (host_id, cell) IN (SELECT (host_id, cell) FROM startup_trial WHERE probe = 'bdn')
) AS s
LEFT JOIN (
  -- Of several engines the first that was measured: one over a network, or that does not answer, is nothing to compare with.
  SELECT host_id, userland, cache, arg_min(cell, (engine = '', NOT coalesce(judged, false), cell)) AS cell
  FROM startup_trial
  WHERE is_default_runtime(runtime) AND variant IN ('', 'cache=cold')
  GROUP BY ALL
) AS r ON r.host_id = s.host_id AND r.userland = if(s.userland = 'host', 'busybox:static', s.userland) AND r.cache = s.cache
WHERE NOT s.warmup
UNION ALL
SELECT p.run_id, p.host_id, p.cell, d.userland || ', ' || d.what, p.block, 'pull', 'pull_ns', p.ns, 'ns', NULL
FROM pull AS p
JOIN pulled AS d ON d.run_id = p.run_id AND d.host_id = p.host_id AND d.cell = p.cell
UNION ALL
-- A watched start and its unwatched fellow are a measure of their own, and so is each phase.
SELECT t.run_id, t.host_id, t.cell, t.rung || if(t.userland = 'busybox:static', '', ', ' || t.userland), t.block, t.probe, 'watched_to_first_ns', if(t.judged, t.to_first_ns, NULL), 'ns', p.plain_cell
FROM every_start AS t
JOIN (SELECT DISTINCT run_id, host_id, cell, plain_cell FROM watched_pair) AS p ON p.run_id = t.run_id AND p.host_id = t.host_id AND t.cell IN (p.cell, p.plain_cell)
WHERE t.probe = 'agent' AND NOT t.warmup
UNION ALL
SELECT run_id, host_id, cell, started || if(userland = 'busybox:static', '', ', ' || userland), block, 'agent', 'start: ' || phase, phase_ns, 'ns', NULL
FROM start_phase;
