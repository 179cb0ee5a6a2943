-- Claim C7b: does a container weigh less than a VM?
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials), evidence (claim, scope, trial_id, …), and for figures and readers
--      footprint_part, footprint_step, trial_slope, slope, part_slope, balance, contest, storm, knee, density, density_fit.
-- Tables rather than views where more than one later step reads them: a view would parse the CSV again each time.

-- The confidence that an interval has at least, the least factor that matters, and how far the parts may be from the host's own account.
CREATE OR REPLACE MACRO confidence() AS 0.99;
CREATE OR REPLACE MACRO matters() AS 1.1;
CREATE OR REPLACE MACRO tolerance() AS 0.25;
-- The least number of blocks of which such an interval follows: of n values all lie on one side of their median with the chance 2 / 2^n.
CREATE OR REPLACE MACRO needed() AS CAST(ceil(log2(2 / (1 - confidence()))) AS BIGINT);
-- The chance that all values of one side are above all of the other though there is no difference: one way of all to deal them.
CREATE OR REPLACE MACRO separation(a, b) AS exp(lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 1));
CREATE OR REPLACE MACRO percent() AS format('{:.0f}', confidence() * 100) || ' %';
-- An interval in words, or why there is none. The upper bound of a ratio may be missing.
CREATE OR REPLACE MACRO too_few(blocks) AS counted(blocks, 'block is', 'blocks are') || ' too few for a ' || percent() || ' interval, which takes ' || needed();
CREATE OR REPLACE MACRO cost(bytes, low, high) AS mebibytes(bytes) || coalesce(' (' || percent() || ' CI ' || replace(mebibytes(low), ' MiB', '') || '–' || replace(mebibytes(high), ' MiB', '') || ')', '');
CREATE OR REPLACE MACRO times(ratio, low, high, blocks) AS
  CASE
    WHEN low IS NULL THEN factor(ratio) || '× as much (' || too_few(blocks) || ')'
    WHEN high IS NULL THEN factor(ratio) || '× as much (median of ' || blocks || ' paired blocks, ' || percent() || ' CI at least ' || factor(low) || ')'
    ELSE factor(ratio) || '× as much (median of ' || blocks || ' paired blocks, ' || percent() || ' CI ' || factor(low) || '–' || factor(high) || ')'
  END;

CREATE OR REPLACE TABLE footprint_reading AS
SELECT
  run_id, trial_id, host_id, cell, userland, kernel, engine, runtime, accelerator, probe, block, repetition, outcome, detail, metric, subject,
  CAST(value AS DOUBLE) AS value, text,
  try_cast(regexp_extract(subject, '^n=(\d+)', 1) AS INTEGER) AS n,
  kind_of(runtime) AS kind,
  CASE kind_of(runtime) WHEN 'process' THEN 'plain process' ELSE if(engine = '', '', engine || '/') || runtime END AS name
FROM reading
WHERE experiment = 'footprint' AND NOT warmup;

-- [1] Who holds how much when n sandboxes hold. Servants of all and the kernel count by what they grew since before the first.
CREATE OR REPLACE TABLE footprint_part AS
SELECT run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, block, n, place, part, bytes
FROM (
  SELECT
    *,
    unnest([
      {place: 1, part: 'payload', bytes: payload},
      {place: 2, part: 'shim', bytes: shim},
      {place: 3, part: 'gVisor''s kernel', bytes: sentry},
      {place: 4, part: 'gVisor''s file server', bytes: gofer},
      {place: 5, part: 'guest''s memory', bytes: guest_ram},
      {place: 6, part: 'code of TCG', bytes: translated},
      {place: 7, part: 'QEMU itself', bytes: machine - guest_ram - translated},
      {place: 8, part: 'engine''s growth', bytes: engine_total - engine_before},
      {place: 9, part: 'host kernel''s growth', bytes: kernel_total - kernel_before}
    ], recursive := true)
  FROM (
    SELECT
      s.*, z.engine_total AS engine_before, z.kernel_total AS kernel_before
    FROM (
      SELECT
        run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, block, n,
        max(value) FILTER (metric = 'pss_payload_bytes') AS payload,
        max(value) FILTER (metric = 'pss_shim_bytes') AS shim,
        max(value) FILTER (metric = 'pss_sentry_bytes') AS sentry,
        max(value) FILTER (metric = 'pss_gofer_bytes') AS gofer,
        max(value) FILTER (metric = 'pss_machine_bytes') AS machine,
        max(value) FILTER (metric = 'machine_guest_ram_bytes') AS guest_ram,
        max(value) FILTER (metric = 'machine_translated_bytes') AS translated,
        max(value) FILTER (metric = 'pss_engine_bytes') AS engine_total,
        max(value) FILTER (metric = 'mem_kernel_bytes') AS kernel_total
      FROM footprint_reading
      WHERE probe IN ('memory', 'memory-worked') AND outcome = 'ok' AND n IS NOT NULL AND metric <> 'limit'
      GROUP BY ALL
    ) AS s
    JOIN (
      SELECT
        trial_id,
        max(value) FILTER (metric = 'pss_engine_bytes') AS engine_total,
        max(value) FILTER (metric = 'mem_kernel_bytes') AS kernel_total
      FROM footprint_reading
      WHERE n = 0
      GROUP BY ALL
    ) AS z ON z.trial_id = s.trial_id
    -- [2] A step at which a process could not be read has no sum: it would be too small.
    WHERE s.n > 0 AND s.kernel_total IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM footprint_reading AS u WHERE u.trial_id = s.trial_id AND u.metric = 'unavailable' AND starts_with(u.subject, 'pss_'))
      AND CASE s.kind WHEN 'vm' THEN s.machine IS NOT NULL AND s.guest_ram > 0 ELSE s.payload IS NOT NULL END
  )
)
WHERE bytes IS NOT NULL;

CREATE OR REPLACE TABLE footprint_step AS
SELECT p.*, a.available_before - a.available AS taken, a.control_group, a.guest_used, a.processes
FROM (
  SELECT
    run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, block, n,
    sum(bytes) AS total,
    sum(bytes) FILTER (part <> 'code of TCG') AS untranslated
  FROM footprint_part
  GROUP BY ALL
) AS p
JOIN (
  SELECT *, max(available) FILTER (n = 0) OVER (PARTITION BY trial_id) AS available_before
  FROM (
    SELECT
      trial_id, n,
      max(value) FILTER (metric = 'mem_available_bytes') AS available,
      max(value) FILTER (metric = 'cgroup_bytes') AS control_group,
      max(value) FILTER (metric = 'pids') AS processes,
      -- Of virtual machines only: in a container this is the host's own account.
      if(any_value(kind) = 'vm', max(value) FILTER (metric = 'guest_memory_bytes' AND subject LIKE '% MemTotal') - max(value) FILTER (metric = 'guest_memory_bytes' AND subject LIKE '% MemFree'), NULL) AS guest_used
    FROM footprint_reading
    WHERE n IS NOT NULL
    GROUP BY trial_id, n
  )
) AS a ON a.trial_id = p.trial_id AND a.n = p.n;

-- [3] What one more sandbox costs. A fleet grows step by step, so that its errors add up and its steps are no independent readings:
-- one fleet gives one number, the slope of least squares over its steps. A block's number is the median over its fleets, a cell's
-- the median over its blocks, and the interval rests on blocks alone.
CREATE OR REPLACE TABLE measure_point AS
SELECT run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, n, unnest([
  {measure: 'memory', y: total}, {measure: 'memory without translated code', y: untranslated},
  {measure: 'taken from MemAvailable', y: taken}, {measure: 'control group', y: control_group},
  {measure: 'guest''s own account', y: guest_used},
  {measure: 'processes', y: processes}], recursive := true)
FROM footprint_step
UNION ALL
SELECT run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, n, 'part: ' || part, bytes FROM footprint_part;

CREATE OR REPLACE TABLE trial_slope AS
SELECT
  run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, block, measure,
  count(*) AS points, max(n) AS largest, regr_slope(y, CAST(n AS DOUBLE)) AS per_sandbox
FROM (SELECT p.*, t.block FROM measure_point AS p JOIN (SELECT DISTINCT trial_id, block FROM footprint_step) AS t USING (trial_id))
WHERE y IS NOT NULL
GROUP BY ALL
HAVING count(*) >= 2;

CREATE OR REPLACE TABLE block_slope AS
SELECT
  run_id, host_id, cell, kind, name, userland, accelerator, probe, measure, block,
  median(per_sandbox) AS per_sandbox, count(*) AS trials, sum(points) AS points, max(largest) AS largest
FROM trial_slope
GROUP BY ALL;

-- Ranks of the interval of a median of n values, from below and from above: the binomial distribution with one half, cut on both sides.
CREATE OR REPLACE TABLE median_rank AS
SELECT n, count(*) FILTER (cumulated <= (1 - confidence()) / 2) AS low
FROM (
  SELECT n, k, sum(exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * ln(2))) OVER (PARTITION BY n ORDER BY k) AS cumulated
  FROM (SELECT n, unnest(range(n + 1)) AS k FROM (SELECT unnest(range(1, max(block) + 1)) AS n FROM footprint_reading))
)
GROUP BY n;

CREATE OR REPLACE TABLE slope AS
SELECT
  s.* EXCLUDE (each),
  if(r.low > 0, s.each[r.low], NULL) AS low,
  if(r.low > 0, s.each[s.blocks + 1 - r.low], NULL) AS high
FROM (
  SELECT
    run_id, host_id, cell, kind, name, userland, accelerator, probe, measure,
    sum(points) AS points, sum(trials) AS trials, count(*) AS blocks, max(largest) AS largest,
    median(per_sandbox) AS per_sandbox, list_sort(list(per_sandbox)) AS each
  FROM block_slope
  GROUP BY ALL
) AS s
LEFT JOIN median_rank AS r ON r.n = s.blocks;

CREATE OR REPLACE VIEW part_slope AS
SELECT * REPLACE (measure[7:] AS measure) FROM slope WHERE starts_with(measure, 'part: ');

-- [4] The sum of the parts against what the host itself says is gone, block by block. more, less: by how much the host's number is above
-- and below what a quarter of the larger one allows. They do not fit where the interval of either is above nothing.
CREATE OR REPLACE TABLE balance AS
SELECT
  b.* EXCLUDE (more, less), p.per_sandbox AS parts, m.per_sandbox AS host_account, m.low AS host_low, m.high AS host_high,
  CASE WHEN r.low > 0 THEN b.more[r.low] <= 0 AND b.less[r.low] <= 0 END AS fits,
  (m.high - m.low) / 2 <= greatest(abs(p.per_sandbox), abs(m.per_sandbox)) AS sharp
FROM (
  SELECT
    p.run_id, p.host_id, p.cell, p.name, p.kind, p.probe, count(*) AS blocks,
    list_sort(list(m.per_sandbox - p.per_sandbox - tolerance() * greatest(abs(p.per_sandbox), abs(m.per_sandbox)))) AS more,
    list_sort(list(p.per_sandbox - m.per_sandbox - tolerance() * greatest(abs(p.per_sandbox), abs(m.per_sandbox)))) AS less
  FROM block_slope AS p
  JOIN block_slope AS m USING (run_id, host_id, cell, probe, block)
  WHERE p.measure = 'memory' AND m.measure = 'taken from MemAvailable'
  GROUP BY ALL
) AS b
JOIN slope AS p ON p.run_id = b.run_id AND p.host_id = b.host_id AND p.cell = b.cell AND p.probe = b.probe AND p.measure = 'memory'
JOIN slope AS m ON m.run_id = b.run_id AND m.host_id = b.host_id AND m.cell = b.cell AND m.probe = b.probe AND m.measure = 'taken from MemAvailable'
LEFT JOIN median_rank AS r ON r.n = b.blocks;

-- [5] Memory: each container against each VM of the same userland, by the cost of one more, block by block.
CREATE OR REPLACE TABLE memory_contest AS
SELECT
  k.* EXCLUDE (ratios, unknown), if(isfinite(median), median, NULL) AS ratio,
  if(r.low > 0 AND unknown = 0 AND isfinite(k.ratios[r.low]), k.ratios[r.low], NULL) AS low,
  if(r.low > 0 AND unknown = 0 AND isfinite(k.ratios[k.blocks + 1 - r.low]), k.ratios[k.blocks + 1 - r.low], NULL) AS high,
  c.per_sandbox AS container_bytes, c.low AS container_low, c.high AS container_high,
  v.per_sandbox AS vm_bytes, v.low AS vm_low, v.high AS vm_high,
  coalesce(bc.fits AND bv.fits, true) AS fits
FROM (
  SELECT
    c.run_id, c.host_id, c.userland, v.accelerator, c.cell AS container_cell, v.cell AS vm_cell, c.name AS container, v.name AS vm, c.probe, c.measure,
    if(c.probe = 'memory', 'idle', 'after work') AS state,
    count(*) AS blocks, count(*) FILTER (ratio IS NULL) AS unknown, median(ratio) AS median, list_sort(list(ratio) FILTER (ratio IS NOT NULL)) AS ratios
  FROM block_slope AS c
  JOIN block_slope AS v
    ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.probe = c.probe AND v.measure = c.measure AND v.block = c.block
  -- Of a container that seems to cost nothing the VM costs more than any number of times; where neither seems to cost anything, nothing is known.
  CROSS JOIN LATERAL (SELECT CASE WHEN c.per_sandbox > 0 THEN v.per_sandbox / c.per_sandbox WHEN v.per_sandbox > 0 THEN CAST('infinity' AS DOUBLE) END AS ratio)
  WHERE c.kind = 'container' AND v.kind = 'vm' AND c.measure IN ('memory', 'memory without translated code')
  GROUP BY ALL
) AS k
JOIN slope AS c ON c.run_id = k.run_id AND c.host_id = k.host_id AND c.cell = k.container_cell AND c.probe = k.probe AND c.measure = k.measure
JOIN slope AS v ON v.run_id = k.run_id AND v.host_id = k.host_id AND v.cell = k.vm_cell AND v.probe = k.probe AND v.measure = k.measure
LEFT JOIN median_rank AS r ON r.n = k.blocks
LEFT JOIN balance AS bc ON bc.run_id = c.run_id AND bc.host_id = c.host_id AND bc.cell = c.cell AND bc.probe = c.probe
LEFT JOIN balance AS bv ON bv.run_id = v.run_id AND bv.host_id = v.host_id AND bv.cell = v.cell AND bv.probe = v.probe;

-- How many steps count of each cell.
CREATE OR REPLACE TABLE memory_reached AS
SELECT
  run_id, host_id, cell, kind, name, userland, accelerator, probe, count(DISTINCT trial_id) AS trials,
  counted(count(*), 'step', 'steps') || ' in ' || counted(trials, 'trial', 'trials') AS reached
FROM footprint_step
GROUP BY ALL;

-- [6] Disk: what the first sandbox needs, and what each further one adds.
CREATE OR REPLACE TABLE disk AS
SELECT
  *,
  -- The smaller of the kernel's two files: that one would do.
  CASE kind WHEN 'vm' THEN least(kernel, packed) + initramfs + coalesce(root, 0) WHEN 'container' THEN image + layer ELSE program END AS first_bytes,
  CASE kind WHEN 'vm' THEN initramfs WHEN 'container' THEN layer ELSE program END AS next_bytes
FROM (
  SELECT
    run_id, host_id, cell, kind, name, userland, accelerator, count(DISTINCT trial_id) AS trials,
    max(value) FILTER (subject = 'kernel') AS kernel,
    max(value) FILTER (subject = 'kernel, compressed') AS packed,
    max(value) FILTER (subject = 'initramfs') AS initramfs,
    max(value) FILTER (subject = 'root image') AS root,
    max(value) FILTER (subject = 'image') AS image,
    max(text) FILTER (metric = 'disk_measure') AS measure,
    max(value) FILTER (subject = 'writable layer') AS layer,
    max(value) FILTER (subject = 'program') AS program
  FROM footprint_reading
  WHERE probe = 'disk' AND metric IN ('disk_bytes', 'disk_measure') AND outcome = 'ok'
  GROUP BY ALL
);

-- [7] Storms: starts a second at n at a time. Disturbed trials say nothing of time.
CREATE OR REPLACE TABLE storm AS
SELECT
  *,
  (n - failures) / nullif(storm_ns / 1e9, 0) AS per_second,
  busy / cpu AS busy_share, harness / cpu AS harness_share, coalesce(engine, 0) / cpu AS engine_share, sandboxes / cpu AS sandbox_share,
  CASE
    WHEN busy IS NULL THEN 'not known'
    WHEN busy / cpu < 0.8 THEN 'waiting'
    ELSE 'processors, most of it ' || CASE greatest(harness, coalesce(engine, 0), coalesce(sandboxes, 0), busy - harness - coalesce(engine, 0) - coalesce(sandboxes, 0))
      WHEN harness THEN 'the harness' WHEN engine THEN 'the engine' WHEN sandboxes THEN 'the sandboxes' ELSE 'processes that start them and have ended, or others' END
  END AS bottleneck
FROM (
  SELECT
    run_id, trial_id, host_id, cell, kind, name, userland, accelerator, block, n,
    max(value) FILTER (metric = 'storm_ns') AS storm_ns,
    max(value) FILTER (metric = 'storm_failures') AS failures,
    max(value) FILTER (metric = 'harness_cpu_ns') AS harness,
    max(value) FILTER (metric = 'engine_cpu_ns') AS engine,
    max(value) FILTER (metric = 'sandbox_cpu_ns') AS sandboxes,
    max(value) FILTER (metric = 'machine_busy_ns') AS busy,
    max(value) FILTER (metric = 'machine_cpu_ns') AS cpu,
    quantile_cont(value, 0.5) FILTER (metric = 'start_ns') AS p50,
    quantile_cont(value, 0.95) FILTER (metric = 'start_ns') AS p95,
    quantile_cont(value, 0.99) FILTER (metric = 'start_ns') AS p99,
    bool_or(disturbed) AS disturbed
  FROM (SELECT *, bool_or(metric = 'disturbance') OVER (PARTITION BY trial_id) AS disturbed FROM footprint_reading)
  WHERE probe = 'storm' AND outcome = 'ok' AND n IS NOT NULL AND metric <> 'limit'
  GROUP BY ALL
)
WHERE storm_ns IS NOT NULL;

-- The knee: the least n from which more at a time bring less than a tenth more starts a second.
CREATE OR REPLACE TABLE knee AS
SELECT
  run_id, trial_id, host_id, cell, kind, name, userland, accelerator, block, disturbed, best,
  min(n) FILTER (per_second >= best / matters()) AS n,
  arg_min(p50, n) FILTER (per_second >= best / matters()) AS p50,
  arg_max(bottleneck, per_second) AS bottleneck,
  max(harness_share / nullif(busy_share, 0)) AS harness_of_busy,
  sum(failures) AS failures, max(n) AS largest
FROM (SELECT *, max(per_second) OVER (PARTITION BY trial_id) AS best FROM storm)
GROUP BY ALL;

-- [8] What stopped the growth, at which number, short of which one, and what there was to take.
CREATE OR REPLACE TABLE density AS
SELECT
  run_id, trial_id, host_id, cell, kind, name, userland, accelerator, block, repetition,
  any_value(n) FILTER (metric = 'limit') AS n,
  any_value(regexp_replace(subject, '^n=\d+ ', '')) FILTER (metric = 'limit') AS limited_by,
  any_value(text) FILTER (metric = 'limit') AS reason,
  CAST(max(value) FILTER (metric = 'limit_next') AS INTEGER) AS next_n,
  max(value) FILTER (metric = 'budget_bytes' AND subject = 'memory') AS memory_budget,
  max(value) FILTER (metric = 'budget_processes') AS process_budget,
  max(value) FILTER (metric = 'budget_bytes' AND subject = 'disk') AS disk_budget
FROM footprint_reading
WHERE probe = 'memory' AND outcome = 'ok'
GROUP BY ALL
HAVING count(*) FILTER (metric = 'limit') > 0;

-- As reached: blocks in which a resource of the host stopped both. What was reached stands for anything from it to less than the plan's next
-- number, so that a block gives a least and a greatest ratio; the interval runs from the rank of the least ones to the rank of the greatest.
CREATE OR REPLACE TABLE density_reached AS
SELECT d.* EXCLUDE (lows, highs), lows[r.low] AS low, highs[d.blocks + 1 - r.low] AS high
FROM (
  SELECT
    run_id, host_id, container_cell, vm_cell, count(*) AS blocks,
    median(container_n) AS container_n, median(vm_n) AS vm_n, mode(container_limit) AS container_limit, mode(vm_limit) AS vm_limit,
    median(ratio) AS ratio, list_sort(list(low)) AS lows, list_sort(list(high)) AS highs
  FROM (
    SELECT
      c.run_id, c.host_id, c.cell AS container_cell, v.cell AS vm_cell, c.block,
      median(c.n) AS container_n, median(v.n) AS vm_n, mode(c.limited_by) AS container_limit, mode(v.limited_by) AS vm_limit,
      median(c.n / v.n) AS ratio, min(c.n / v.next_n) AS low, max(c.next_n / v.n) AS high
    FROM density AS c
    JOIN density AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.block = c.block AND v.repetition = c.repetition
    WHERE c.kind = 'container' AND v.kind = 'vm'
      AND c.limited_by IN ('memory', 'pids', 'disk') AND v.limited_by IN ('memory', 'pids', 'disk') AND c.next_n > c.n AND v.next_n > v.n
    GROUP BY ALL
  )
  GROUP BY ALL
) AS d
JOIN median_rank AS r ON r.n = d.blocks
WHERE r.low > 0;

-- By slope: what one budget for both would hold of each, by the resource that is used up first, and no more than ten times what was held.
CREATE OR REPLACE TABLE density_budget AS
SELECT
  run_id, host_id, cell, max(n) AS held, bool_or(limited_by IN ('failure', 'timeout')) AS stopped,
  {memory: min(memory_budget), processes: min(process_budget), disk: min(disk_budget)} AS room
FROM density
GROUP BY ALL;

CREATE OR REPLACE TABLE density_cost AS
SELECT m.run_id, m.host_id, m.cell, m.measure, unnest([
  {resource: 'memory', each: m.per_sandbox, each_low: m.low, each_high: m.high},
  {resource: 'processes', each: p.per_sandbox, each_low: p.low, each_high: p.high},
  {resource: 'disk', each: d.next_bytes, each_low: if(m.low IS NULL, NULL, d.next_bytes), each_high: if(m.low IS NULL, NULL, d.next_bytes)}], recursive := true)
FROM slope AS m
LEFT JOIN slope AS p ON p.run_id = m.run_id AND p.host_id = m.host_id AND p.cell = m.cell AND p.probe = m.probe AND p.measure = 'processes'
LEFT JOIN disk AS d ON d.run_id = m.run_id AND d.host_id = m.host_id AND d.cell = m.cell
WHERE m.probe = 'memory' AND m.measure IN ('memory', 'memory without translated code');

-- least, most: of costs at the ends of their intervals. most is NULL where no end follows, both where there is no interval (is_known).
CREATE OR REPLACE TABLE density_fit AS
SELECT
  run_id, host_id, container_cell, vm_cell, measure, side AS cell, held, stopped, limited_by, is_known, fits > 10 * held AS capped,
  least(fits, 10 * held) AS fits, if(is_known, least(least, 10 * held), NULL) AS least, if(is_known AND most <= 10 * held, most, NULL) AS most
FROM (
  SELECT
    pair.run_id, pair.host_id, container_cell, vm_cell, pair.measure, side, own.held, own.stopped,
    min(floor(budget / each)) AS fits, arg_min(resource, budget / each) AS limited_by, bool_and(each_high IS NOT NULL) AS is_known,
    min(floor(budget / each_high)) AS least, min(floor(budget / if(each_low > 0, each_low, NULL))) AS most
  FROM (
    SELECT m.*, unnest([m.container_cell, m.vm_cell]) AS side
    FROM memory_contest AS m
    WHERE m.probe = 'memory'
  ) AS pair
  JOIN density_budget AS c ON c.run_id = pair.run_id AND c.host_id = pair.host_id AND c.cell = pair.container_cell
  JOIN density_budget AS v ON v.run_id = pair.run_id AND v.host_id = pair.host_id AND v.cell = pair.vm_cell
  JOIN density_budget AS own ON own.run_id = pair.run_id AND own.host_id = pair.host_id AND own.cell = side
  JOIN density_cost AS k ON k.run_id = pair.run_id AND k.host_id = pair.host_id AND k.cell = side AND k.measure = pair.measure
  CROSS JOIN LATERAL (SELECT CASE resource
    WHEN 'memory' THEN least(c.room.memory, v.room.memory) WHEN 'processes' THEN least(c.room.processes, v.room.processes) ELSE least(c.room.disk, v.room.disk)
  END AS budget)
  WHERE each > 0 AND budget > 0
  GROUP BY ALL
);

-- Storms of a cell that count.
CREATE OR REPLACE TABLE storm_side AS
SELECT
  run_id, host_id, cell, kind, name, userland, accelerator, count(*) AS trials, median(best) AS middle, min(best) AS least, max(best) AS most,
  max(harness_of_busy) AS harness, mode(bottleneck) AS bottleneck
FROM knee
WHERE NOT disturbed
GROUP BY ALL;

-- [9] One row a scope that can be judged. rests: the kind of trials that it rests on.
CREATE OR REPLACE TABLE contest_row AS
SELECT
  run_id, host_id, container_cell, vm_cell, container, vm, accelerator, userland, 'memory' AS what, 'slope' AS rests, probe,
  container || ' vs ' || vm || '; memory ' || state || if(measure = 'memory', '', ', translated code left out') || '; accelerator=' || accelerator AS scope,
  measure || ', ' || state AS aspect, ratio, low, high, container_bytes AS container_value, vm_bytes AS vm_value,
  CASE
    WHEN NOT fits THEN 'inconclusive'
    WHEN low > matters() THEN 'supported'
    WHEN high < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END AS verdict,
  'Each additional ' || if(state = 'idle', 'idle ', '') || container || ' container costs ' || cost(container_bytes, container_low, container_high) || if(state = 'idle', '', ' after its work')
  || ', each additional VM under ' || upper(accelerator) || ' ' || cost(vm_bytes, vm_low, vm_high) || if(measure = 'memory', '', ' without the code that TCG translated')
  || coalesce(': ' || times(ratio, low, high, blocks), ': no ratio, since the container''s cost cannot be distinguished from zero')
  || if(fits, '', '; but the parts do not add up to the fall of the host''s available memory') || '.' AS summary
FROM memory_contest
UNION ALL
-- [5] A pair of which one has no slope in any block is said, not left out.
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'memory', 'step', c.probe,
  c.name || ' vs ' || v.name || '; memory ' || state || '; accelerator=' || v.accelerator,
  'memory, ' || state, NULL, NULL, NULL, NULL, NULL,
  'inconclusive',
  'The cost of one more ' || if(state = 'idle', 'while idle', 'after its work') || ' is not known for both: ' || c.name || ' has ' || c.reached || ', QEMU ' || v.reached
  || '. A slope needs a trial with two steps: use a host on which more of them start in time.'
FROM memory_reached AS c
JOIN memory_reached AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.probe = c.probe
CROSS JOIN LATERAL (SELECT if(c.probe = 'memory', 'idle', 'after work') AS state)
WHERE c.kind = 'container' AND v.kind = 'vm'
  AND NOT EXISTS (
    SELECT 1 FROM memory_contest AS m
    WHERE m.run_id = c.run_id AND m.host_id = c.host_id AND m.container_cell = c.cell AND m.vm_cell = v.cell AND m.probe = c.probe AND m.measure = 'memory'
  )
UNION ALL
-- [6] Sizes are no samples: there is no spread to tell.
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'disk', 'disk', 'disk',
  c.name || ' vs ' || v.name || '; disk, ' || part || '; accelerator=' || v.accelerator,
  'disk, ' || part,
  v_bytes / c_bytes, v_bytes / c_bytes, v_bytes / c_bytes, c_bytes, v_bytes,
  CASE WHEN v_bytes / c_bytes > matters() THEN 'supported' WHEN v_bytes / c_bytes < 1 / matters() THEN 'refuted' ELSE 'inconclusive' END,
  'On disk ' || if(part = 'the first', 'the first ', 'each further ') || c.name || ' container takes ' || mebibytes(c_bytes) || ', '
  || if(part = 'the first', 'the first', 'each further') || ' VM of this harness ' || mebibytes(v_bytes) || ': ' || factor(v_bytes / c_bytes) || '× as much.'
  || if(part = 'the first' AND c.measure IS NOT NULL, ' Of the image this counts ' || c.measure || '.', '')
FROM disk AS c
JOIN disk AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland
CROSS JOIN (SELECT unnest(['the first', 'each further']) AS part)
CROSS JOIN LATERAL (SELECT if(part = 'the first', c.first_bytes, c.next_bytes) AS c_bytes, if(part = 'the first', v.first_bytes, v.next_bytes) AS v_bytes)
WHERE c.kind = 'container' AND v.kind = 'vm' AND c_bytes > 0 AND v_bytes > 0
UNION ALL
-- [7] Whole separation: trials are lost to disturbance on either side, so that few blocks have both.
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'storm', 'storm', 'storm',
  c.name || ' vs ' || v.name || '; storm of starts; accelerator=' || v.accelerator,
  'starts a second',
  c.middle / v.middle, if(enough, c.least / v.most, NULL), if(enough, c.most / v.least, NULL), c.middle, v.middle,
  CASE
    WHEN NOT enough OR c.harness > 0.5 OR v.harness > 0.5 THEN 'inconclusive'
    WHEN c.least / v.most > matters() THEN 'supported'
    WHEN c.most / v.least < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END,
  'At its best a storm of ' || c.name || ' starts ' || factor(c.middle) || ' containers a second, one of QEMU under ' || upper(v.accelerator) || ' ' || factor(v.middle)
  || ' VMs (medians of ' || c.trials || ' and ' || counted(v.trials, 'undisturbed trial', 'undisturbed trials') || '): ' || factor(c.middle / v.middle) || '× as many'
  || if(enough,
    ' (' || factor(c.least / v.most) || ' from the worst storm of containers to the best of VMs, ' || factor(c.most / v.least) || ' from the best to the worst)',
    '; too few trials to show a difference at ' || percent() || ', which needs five of each')
  || '; the containers'' bottleneck: ' || c.bottleneck || ', the VMs'': ' || v.bottleneck
  || if(c.harness > 0.5 OR v.harness > 0.5, '; the harness itself used more than half of the busy time', '') || '.'
FROM storm_side AS c
JOIN storm_side AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland
CROSS JOIN LATERAL (SELECT separation(c.trials, v.trials) <= (1 - confidence()) / 2 AS enough)
WHERE c.kind = 'container' AND v.kind = 'vm'
UNION ALL
SELECT
  m.run_id, m.host_id, m.container_cell, m.vm_cell, m.container, m.vm, m.accelerator, m.userland, 'density', 'density', 'memory',
  m.container || ' vs ' || m.vm || '; density, as reached; accelerator=' || m.accelerator,
  'density, as reached',
  r.ratio, r.low, r.high, r.container_n, r.vm_n,
  CASE
    WHEN stopped THEN 'inconclusive'
    WHEN r.low > matters() THEN 'supported'
    WHEN r.high < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END,
  'One budget for both held ' || factor(r.container_n) || ' idle ' || m.container || ' containers and ' || factor(r.vm_n) || ' VMs (medians of ' || r.blocks || ' blocks): '
  || factor(r.ratio) || '× as many (' || percent() || ' CI ' || factor(r.low) || '–' || factor(r.high) || ', up to the plan''s next number); stopped by '
  || replace(r.container_limit, 'pids', 'processes') || ' and ' || replace(r.vm_limit, 'pids', 'processes')
  || if(stopped, '; but in another block a sandbox did not start', '') || '.'
FROM density_reached AS r
JOIN memory_contest AS m ON m.run_id = r.run_id AND m.host_id = r.host_id AND m.container_cell = r.container_cell AND m.vm_cell = r.vm_cell AND m.probe = 'memory' AND m.measure = 'memory'
CROSS JOIN LATERAL (SELECT bool_or(b.stopped) AS stopped FROM density_budget AS b WHERE b.run_id = r.run_id AND b.host_id = r.host_id AND b.cell IN (r.container_cell, r.vm_cell))
UNION ALL
SELECT
  m.run_id, m.host_id, m.container_cell, m.vm_cell, m.container, m.vm, m.accelerator, m.userland, 'density', 'density', 'memory',
  m.container || ' vs ' || m.vm || '; density, by slope' || if(m.measure = 'memory', '', ', translated code left out') || '; accelerator=' || m.accelerator,
  'density, by slope' || if(m.measure = 'memory', '', ', without translated code'),
  -- Of a least number no ratio follows: two of them would make one out of their limits.
  if(v.capped, NULL, c.fits / v.fits), c.least / v.most, c.most / nullif(v.least, 0), c.fits, v.fits,
  CASE
    WHEN NOT m.fits OR c.stopped OR v.stopped THEN 'inconclusive'
    WHEN c.least / v.most > matters() THEN 'supported'
    WHEN c.most / nullif(v.least, 0) < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END,
  'By the cost of one more, one budget for both would hold ' || if(c.capped, 'at least ', '') || format('{:.0f}', c.fits) || ' ' || m.container || ' containers (' || c.held || ' were held, limited by ' || c.limited_by || ') and '
  || if(v.capped, 'at least ', '') || format('{:.0f}', v.fits) || ' VMs (' || v.held || ' were held, limited by ' || v.limited_by || ')' || if(m.measure = 'memory', '', ', without the code that TCG translated')
  || CASE
    WHEN v.capped AND (c.capped OR c.most IS NULL) THEN '; how many times as many is not known'
    WHEN v.capped THEN ': at most ' || factor(c.most / nullif(v.least, 0)) || '× as many'
    ELSE ': ' || if(c.capped, 'at least ', '') || factor(c.fits / v.fits) || '× as many' || CASE
      WHEN NOT (c.is_known AND v.is_known) THEN ' (' || too_few(m.blocks) || ')'
      WHEN c.least / v.most IS NULL THEN '; no bounds follow, since only a minimum is known for the VMs'
      WHEN c.most / nullif(v.least, 0) IS NULL THEN ' (no less than ' || factor(c.least / v.most) || ' within the ' || percent() || ' CIs of both costs)'
      ELSE ' (' || factor(c.least / v.most) || '–' || factor(c.most / v.least) || ' within the ' || percent() || ' CIs of both costs)'
    END
  END
  || if(m.fits, '', '; but the parts do not add up to the fall of the host''s available memory')
  || if(c.stopped OR v.stopped, '; but a fleet was stopped because a sandbox did not start: something else is the limit', '') || '.'
FROM memory_contest AS m
JOIN density_fit AS c ON c.run_id = m.run_id AND c.host_id = m.host_id AND c.container_cell = m.container_cell AND c.vm_cell = m.vm_cell AND c.measure = m.measure AND c.cell = m.container_cell
JOIN density_fit AS v ON v.run_id = m.run_id AND v.host_id = m.host_id AND v.container_cell = m.container_cell AND v.vm_cell = m.vm_cell AND v.measure = m.measure AND v.cell = m.vm_cell
WHERE m.probe = 'memory' AND c.fits > 0 AND v.fits > 0
  AND NOT EXISTS (
    SELECT 1 FROM density_reached AS r
    WHERE r.run_id = m.run_id AND r.host_id = m.host_id AND r.container_cell = m.container_cell AND r.vm_cell = m.vm_cell
  );

-- A scope names host, kernel and userland where they are not the usual ones.
CREATE OR REPLACE MACRO scope_of(said, hosts, host, vm_cell, userland) AS
  said || if(hosts > 1, '; host=' || host, '')
  || if(is_usual_kernel(split_part(vm_cell, '|', 2)), '', '; kernel=' || split_part(vm_cell, '|', 2))
  || if(userland <> 'busybox:static', '; userland=' || userland, '');

-- The trials behind each row, by what it rests on; then [10] behind the claim as stated: real userlands, and an accelerator that people use.
CREATE OR REPLACE TABLE contest_trial AS
WITH usable AS (
  SELECT DISTINCT 'slope' AS rests, run_id, host_id, cell, probe, trial_id FROM trial_slope WHERE measure = 'memory'
  UNION ALL
  SELECT DISTINCT 'step', run_id, host_id, cell, probe, trial_id FROM footprint_step
  UNION ALL
  SELECT DISTINCT 'density', run_id, host_id, cell, 'memory', trial_id FROM density
  UNION ALL
  SELECT DISTINCT 'storm', run_id, host_id, cell, 'storm', trial_id FROM knee WHERE NOT disturbed
  UNION ALL
  SELECT DISTINCT 'disk', run_id, host_id, cell, 'disk', trial_id FROM footprint_reading WHERE probe = 'disk' AND metric = 'disk_bytes' AND outcome = 'ok'
), behind AS (
  SELECT
    scope_of(c.scope, hosts, c.host_id, c.vm_cell, c.userland) AS scope, u.run_id, u.trial_id,
    c.accelerator <> 'tcg' AND c.what = 'memory' AND c.userland NOT IN (SELECT userland FROM stand_in) AS is_claim
  FROM contest_row AS c
  CROSS JOIN (SELECT count(DISTINCT host_id) AS hosts FROM contest_row)
  JOIN usable AS u ON u.run_id = c.run_id AND u.host_id = c.host_id AND u.rests = c.rests AND u.probe = c.probe AND u.cell IN (c.container_cell, c.vm_cell)
)
SELECT run_id, scope, trial_id FROM behind
UNION
SELECT run_id, '', trial_id FROM behind WHERE is_claim;

CREATE OR REPLACE TABLE contest AS
SELECT
  c.* REPLACE (scope_of(c.scope, hosts, c.host_id, c.vm_cell, c.userland) AS scope), if(c.userland IN (SELECT userland FROM stand_in), 'synthetic', 'real') AS basis,
  coalesce(t.trials, 0) AS trials
FROM contest_row AS c
CROSS JOIN (SELECT count(DISTINCT host_id) AS hosts FROM contest_row)
LEFT JOIN (SELECT scope, count(DISTINCT trial_id) AS trials FROM contest_trial GROUP BY scope) AS t ON t.scope = scope_of(c.scope, hosts, c.host_id, c.vm_cell, c.userland);

-- [10] The claim as stated needs an accelerator that people use, and no stand-in.
CREATE OR REPLACE VIEW verdict AS
SELECT
  'C7b' AS claim, '' AS scope,
  CASE
    WHEN count(*) FILTER (is_claim) = 0 THEN 'not tested'
    WHEN bool_or(verdict = 'refuted') FILTER (is_ordinary) THEN 'refuted'
    WHEN count(*) FILTER (is_ordinary) = 0 OR bool_or(verdict <> 'supported') FILTER (is_ordinary) THEN 'inconclusive'
    WHEN bool_or(verdict = 'refuted') FILTER (is_claim) THEN 'qualified'
    WHEN bool_and(verdict = 'supported') FILTER (is_claim) THEN 'supported'
    ELSE 'inconclusive'
  END AS verdict,
  -- Nothing else counts here, see is_claim.
  'real' AS basis,
  headline(CASE
    WHEN count(*) = 0 THEN 'Not measured: no container could be compared with a VM'
    WHEN count(*) FILTER (is_claim) = 0 THEN
      'Not measured with hardware acceleration' || coalesce('; under emulation (TCG) VMs took ' || factors(min(ratio) FILTER (usual_tcg), max(ratio) FILTER (usual_tcg)) || ' the memory', '')
    WHEN count(*) FILTER (is_ordinary) = 0 THEN 'Open: no container under ' || usual_runtimes() || ' was compared with an accelerated VM'
    WHEN bool_or(verdict = 'refuted') FILTER (is_ordinary) THEN
      'Containers took more memory than VMs in ' || count(*) FILTER (is_ordinary AND verdict = 'refuted') || ' of ' || counted(count(*) FILTER (is_ordinary), 'comparison', 'comparisons') || ' under ' || usual_runtimes()
    ELSE if(bool_or(verdict <> 'supported') FILTER (is_ordinary), 'Open: ', '')
      || coalesce('VMs took ' || factors(min(ratio) FILTER (is_ordinary), max(ratio) FILTER (is_ordinary)) || ' the memory of containers (', 'no ratio is known (')
      || count(*) FILTER (is_ordinary AND verdict = 'supported') || ' of ' || counted(count(*) FILTER (is_ordinary), 'comparison', 'comparisons') || ' decided)'
      || if(bool_or(verdict = 'refuted') FILTER (is_claim), '; not under ' || named(list(DISTINCT container_runtime ORDER BY container_runtime) FILTER (is_claim AND verdict = 'refuted')), '')
  END) AS headline,
  CASE
    WHEN count(*) = 0 THEN 'No container could be compared with a VM.'
    WHEN count(*) FILTER (is_claim) = 0 THEN
      'No VM with hardware acceleration (KVM) was measured: the rows with a scope have what was measured.'
    ELSE 'By memory, ' || count(*) FILTER (is_claim AND verdict = 'supported') || ' of '
      || counted(count(*) FILTER (is_claim), 'comparison', 'comparisons') || ' with hardware acceleration support it.'
  END AS summary,
  (SELECT count(DISTINCT trial_id) FROM contest_trial WHERE scope = '') AS trials
FROM (
  SELECT
    *, accelerator <> 'tcg' AND what = 'memory' AND basis = 'real' AS is_claim, is_claim AND is_usual_container(container_cell) AS is_ordinary,
    accelerator = 'tcg' AND what = 'memory' AND basis = 'real' AND is_usual_container(container_cell) AS usual_tcg,
    runtime_name(runtime_of(container_cell)) AS container_runtime
  FROM contest
)
UNION ALL
SELECT
  'C7b', scope, verdict, basis,
  headline(capital(if(verdict = 'inconclusive', 'open: ', '') || CASE
    WHEN ratio IS NULL AND what = 'memory' THEN 'the cost of one more is not known for both'
    WHEN ratio IS NULL AND what = 'density' THEN 'one budget holds at least ' || format('{:.0f}', container_value) || ' containers and at least ' || format('{:.0f}', vm_value) || ' VMs'
    WHEN what = 'memory' THEN 'a VM takes ' || factor(ratio) || '× the memory of a container' || coalesce(' (' || percent() || ' CI ' || factor(low) || '–' || factor(high) || ')', ' (too few blocks)')
      || ': ' || mebibytes(vm_value) || ' vs ' || mebibytes(container_value)
    WHEN what = 'disk' THEN 'a VM takes ' || factor(ratio) || '× the disk of a container: ' || mebibytes(vm_value) || ' vs ' || mebibytes(container_value)
    WHEN what = 'storm' THEN 'containers start ' || factor(ratio) || '× as many a second as VMs: ' || factor(container_value) || ' vs ' || factor(vm_value)
    ELSE 'one budget holds ' || factor(ratio) || '× as many containers as VMs: ' || format('{:.0f}', container_value) || ' vs ' || format('{:.0f}', vm_value)
  END || ', ' || accelerator_name(accelerator))),
  summary, trials
FROM contest;

CREATE OR REPLACE VIEW evidence AS
SELECT 'C7b' AS claim, e.scope, t.trial_id, t.host_id, t.cell, t.probe, t.block
FROM contest_trial AS e
JOIN (SELECT DISTINCT run_id, trial_id, host_id, cell, probe, block FROM footprint_reading) AS t ON t.run_id = e.run_id AND t.trial_id = e.trial_id
ORDER BY ALL;
