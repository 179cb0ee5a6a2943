-- Claim C7, as far as weight goes: does a container weigh less than a virtual machine?
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, summary, trials), evidence (claim, scope, trial_id, …), and for figures and readers
--      footprint_part, footprint_step, slope, part_slope, balance, contest, storm, knee, density, density_fit.
-- Tables rather than views where more than one later step reads them: a view would parse the CSV again each time.

-- The least factor that matters, and how far the parts may be from the machine's own account.
CREATE OR REPLACE MACRO matters() AS 1.1;
CREATE OR REPLACE MACRO tolerance() AS 0.25;
-- Student's t for two-sided 99 %, by degrees of freedom; between two entries the wider one.
CREATE OR REPLACE MACRO student(df) AS CASE
  WHEN df < 1 THEN NULL WHEN df < 2 THEN 63.657 WHEN df < 3 THEN 9.925 WHEN df < 4 THEN 5.841 WHEN df < 5 THEN 4.604 WHEN df < 6 THEN 4.032
  WHEN df < 7 THEN 3.707 WHEN df < 8 THEN 3.499 WHEN df < 9 THEN 3.355 WHEN df < 10 THEN 3.250 WHEN df < 15 THEN 3.169 WHEN df < 20 THEN 2.947
  WHEN df < 30 THEN 2.845 WHEN df < 60 THEN 2.750 ELSE 2.660 END;

CREATE OR REPLACE TABLE footprint_reading AS
SELECT
  run_id, trial_id, host_id, cell, userland, kernel, engine, runtime, accelerator, probe, block, repetition, outcome, detail, metric, subject,
  CAST(value AS DOUBLE) AS value, text,
  try_cast(regexp_extract(subject, '^n=(\d+)', 1) AS INTEGER) AS n,
  CASE runtime WHEN 'host' THEN 'process' WHEN 'qemu' THEN 'vm' ELSE 'container' END AS kind,
  CASE runtime WHEN 'host' THEN 'plain process' ELSE if(engine = '', '', engine || '/') || runtime END AS name
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

-- [3] What one more sandbox costs: least squares within trials (each trial has a level of its own), with a 99 % interval.
CREATE OR REPLACE TABLE measure_point AS
SELECT run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, n, unnest([
  {measure: 'memory', y: total}, {measure: 'memory without translated code', y: untranslated},
  {measure: 'taken from MemAvailable', y: taken}, {measure: 'control group', y: control_group},
  {measure: 'guest''s own account', y: guest_used},
  {measure: 'processes', y: processes}], recursive := true)
FROM footprint_step
UNION ALL
SELECT run_id, trial_id, host_id, cell, kind, name, userland, accelerator, probe, n, 'part: ' || part, bytes FROM footprint_part;

CREATE OR REPLACE TABLE slope AS
SELECT
  * EXCLUDE (sxx, sxy, syy, points),
  points, sxy / sxx AS per_sandbox,
  student(points - trials - 1) * sqrt(greatest(syy - sxy * sxy / sxx, 0) / (points - trials - 1) / sxx) AS half
FROM (
  SELECT
    run_id, host_id, cell, kind, name, userland, accelerator, probe, measure,
    count(*) AS points, count(DISTINCT trial_id) AS trials, max(n) AS largest,
    sum((n - mean_n) * (n - mean_n)) AS sxx, sum((n - mean_n) * (y - mean_y)) AS sxy, sum((y - mean_y) * (y - mean_y)) AS syy
  FROM (
    SELECT *, avg(n) OVER (PARTITION BY trial_id, measure) AS mean_n, avg(y) OVER (PARTITION BY trial_id, measure) AS mean_y
    FROM measure_point
    WHERE y IS NOT NULL
  )
  GROUP BY ALL
)
WHERE points - trials - 1 >= 1 AND sxx > 0;

CREATE OR REPLACE VIEW part_slope AS
SELECT * REPLACE (measure[7:] AS measure) FROM slope WHERE starts_with(measure, 'part: ');

-- [4] The sum of the parts against what the machine itself says is gone.
CREATE OR REPLACE TABLE balance AS
SELECT
  p.run_id, p.host_id, p.cell, p.name, p.kind, p.probe, p.per_sandbox AS parts, m.per_sandbox AS machine, m.half AS machine_half,
  abs(p.per_sandbox - m.per_sandbox) <= tolerance() * greatest(abs(p.per_sandbox), abs(m.per_sandbox)) + m.half AS fits,
  m.half <= greatest(abs(p.per_sandbox), abs(m.per_sandbox)) AS sharp
FROM slope AS p
JOIN slope AS m USING (run_id, host_id, cell, probe)
WHERE p.measure = 'memory' AND m.measure = 'taken from MemAvailable';

-- [5] Memory: each container against each machine of the same userland, by the cost of one more.
CREATE OR REPLACE TABLE memory_contest AS
SELECT
  c.run_id, c.host_id, c.userland, v.accelerator, c.cell AS container_cell, v.cell AS vm_cell, c.name AS container, v.name AS vm, c.probe, c.measure,
  if(c.probe = 'memory', 'idle', 'after work') AS state,
  c.per_sandbox AS container_bytes, v.per_sandbox AS vm_bytes, c.half AS container_half, v.half AS vm_half,
  v.per_sandbox / c.per_sandbox AS ratio,
  (v.per_sandbox - v.half) / (c.per_sandbox + c.half) AS low,
  if(c.per_sandbox - c.half > 0, (v.per_sandbox + v.half) / (c.per_sandbox - c.half), NULL) AS high,
  coalesce(bc.fits AND bv.fits, true) AS fits,
  c.trials + v.trials AS trials
FROM slope AS c
JOIN slope AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.probe = c.probe AND v.measure = c.measure
LEFT JOIN balance AS bc ON bc.run_id = c.run_id AND bc.host_id = c.host_id AND bc.cell = c.cell AND bc.probe = c.probe
LEFT JOIN balance AS bv ON bv.run_id = v.run_id AND bv.host_id = v.host_id AND bv.cell = v.cell AND bv.probe = v.probe
WHERE c.kind = 'container' AND v.kind = 'vm' AND c.measure IN ('memory', 'memory without translated code');

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
    max(value) FILTER (subject = 'writable layer') AS layer,
    max(value) FILTER (subject = 'program') AS program
  FROM footprint_reading
  WHERE probe = 'disk' AND metric = 'disk_bytes' AND outcome = 'ok'
  GROUP BY ALL
);

-- [7] Storms: starts a second at n at a time. Disturbed trials say nothing of time.
CREATE OR REPLACE TABLE storm AS
SELECT
  *,
  (n - failures) / (storm_ns / 1e9) AS per_second,
  busy / cpu AS busy_share, harness / cpu AS harness_share, coalesce(engine, 0) / cpu AS engine_share, sandboxes / cpu AS sandbox_share,
  CASE
    WHEN busy IS NULL THEN 'not known'
    WHEN busy / cpu < 0.8 THEN 'waiting'
    ELSE 'processors, most of it ' || CASE greatest(harness, coalesce(engine, 0), coalesce(sandboxes, 0), busy - harness - coalesce(engine, 0) - coalesce(sandboxes, 0))
      WHEN harness THEN 'the harness' WHEN engine THEN 'the engine' WHEN sandboxes THEN 'the sandboxes' ELSE 'what starts them and is gone, or others' END
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

-- As reached: blocks in which a resource of the machine stopped both.
CREATE OR REPLACE TABLE density_reached AS
SELECT
  c.run_id, c.host_id, c.cell AS container_cell, v.cell AS vm_cell, count(DISTINCT c.block) AS blocks, count(DISTINCT c.trial_id) + count(DISTINCT v.trial_id) AS trials,
  median(c.n) AS container_n, median(v.n) AS vm_n, mode(c.limited_by) AS container_limit, mode(v.limited_by) AS vm_limit,
  median(c.n / v.n) AS ratio, min(c.n / v.next_n) AS low, max(c.next_n / v.n) AS high
FROM density AS c
JOIN density AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.block = c.block AND v.repetition = c.repetition
WHERE c.kind = 'container' AND v.kind = 'vm'
  AND c.limited_by IN ('memory', 'pids', 'disk') AND v.limited_by IN ('memory', 'pids', 'disk') AND c.next_n > c.n AND v.next_n > v.n
GROUP BY ALL
HAVING count(DISTINCT c.block) >= 2;

-- By slope: what one budget for both would hold of each, by the resource that is used up first, and no more than ten times what was held.
CREATE OR REPLACE TABLE density_budget AS
SELECT
  run_id, host_id, cell, max(n) AS held, bool_or(limited_by IN ('failure', 'timeout')) AS stopped,
  {memory: min(memory_budget), processes: min(process_budget), disk: min(disk_budget)} AS room
FROM density
GROUP BY ALL;

CREATE OR REPLACE TABLE density_cost AS
SELECT m.run_id, m.host_id, m.cell, m.measure, unnest([
  {resource: 'memory', each: m.per_sandbox, half: m.half},
  {resource: 'processes', each: p.per_sandbox, half: p.half},
  {resource: 'disk', each: d.next_bytes, half: 0}], recursive := true)
FROM slope AS m
LEFT JOIN slope AS p ON p.run_id = m.run_id AND p.host_id = m.host_id AND p.cell = m.cell AND p.probe = m.probe AND p.measure = 'processes'
LEFT JOIN disk AS d ON d.run_id = m.run_id AND d.host_id = m.host_id AND d.cell = m.cell
WHERE m.probe = 'memory' AND m.measure IN ('memory', 'memory without translated code');

CREATE OR REPLACE TABLE density_fit AS
SELECT
  run_id, host_id, container_cell, vm_cell, measure, side AS cell, held, stopped, limited_by, fits > 10 * held AS capped,
  least(fits, 10 * held) AS fits, least(least, 10 * held) AS least, if(most <= 10 * held, most, NULL) AS most
FROM (
  SELECT
    pair.run_id, pair.host_id, container_cell, vm_cell, pair.measure, side, own.held, own.stopped,
    min(floor(budget / each)) AS fits, arg_min(resource, budget / each) AS limited_by,
    min(floor(budget / (each + half))) AS least, min(floor(budget / if(each > half, each - half, NULL))) AS most
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

-- [9] One row a scope that can be judged.
CREATE OR REPLACE TABLE contest AS
SELECT
  run_id, host_id, container_cell, vm_cell, container, vm, accelerator, userland, 'memory' AS what, probe,
  container || ' vs ' || vm || '; memory ' || state || if(measure = 'memory', '', ', translated code left out') || '; accelerator=' || accelerator AS scope,
  measure || ', ' || state AS aspect, ratio, low, high, container_bytes AS container_value, vm_bytes AS vm_value,
  CASE
    WHEN NOT fits THEN 'inconclusive'
    WHEN low > matters() THEN 'supported'
    WHEN high < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END AS verdict,
  'One more ' || container || ' container costs ' || mebibytes(container_bytes) || ' (± ' || mebibytes(container_half) || ') of memory ' || if(state = 'idle', 'while idle', 'after its work')
  || ', one more virtual machine ' || mebibytes(vm_bytes) || ' (± ' || mebibytes(vm_half) || ')'
  || if(measure = 'memory', '', ' without the code that TCG translated') || ': ' || factor(ratio) || ' times as much'
  || CASE WHEN high IS NULL THEN ', at least ' || factor(low) || ' times' ELSE ' (' || factor(low) || ' to ' || factor(high) || ')' END
  || if(fits, '', '; but the parts do not add up to what the machine says is gone') || '.' AS summary,
  trials
FROM memory_contest
UNION ALL
-- [5] A pair of which one has no slope is said, not left out.
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'memory', c.probe,
  c.name || ' vs ' || v.name || '; memory ' || state || '; accelerator=' || v.accelerator,
  'memory, ' || state, NULL, NULL, NULL, NULL, NULL,
  'inconclusive',
  'What one more costs ' || if(state = 'idle', 'while idle', 'after its work') || ' is not known of both: ' || c.name || ' has ' || c.reached || ', QEMU ' || v.reached
  || '. A slope takes two steps more than there are trials: more blocks, or a machine on which more of them start in the time there is.',
  c.trials + v.trials
FROM memory_reached AS c
JOIN memory_reached AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland AND v.probe = c.probe
CROSS JOIN LATERAL (SELECT if(c.probe = 'memory', 'idle', 'after work') AS state)
WHERE c.kind = 'container' AND v.kind = 'vm'
  AND NOT EXISTS (
    SELECT 1 FROM memory_contest AS m
    WHERE m.run_id = c.run_id AND m.host_id = c.host_id AND m.container_cell = c.cell AND m.vm_cell = v.cell AND m.probe = c.probe AND m.measure = 'memory'
  )
UNION ALL
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'disk', 'disk',
  c.name || ' vs ' || v.name || '; disk, ' || part || '; accelerator=' || v.accelerator,
  'disk, ' || part,
  v_bytes / c_bytes, v_bytes / c_bytes, v_bytes / c_bytes, c_bytes, v_bytes,
  CASE WHEN v_bytes / c_bytes > matters() THEN 'supported' WHEN v_bytes / c_bytes < 1 / matters() THEN 'refuted' ELSE 'inconclusive' END,
  'On disk ' || if(part = 'the first', 'the first ', 'each further ') || c.name || ' container takes ' || mebibytes(c_bytes) || ', '
  || if(part = 'the first', 'the first', 'each further') || ' virtual machine of this harness ' || mebibytes(v_bytes) || ': ' || factor(v_bytes / c_bytes) || ' times as much.',
  c.trials + v.trials
FROM disk AS c
JOIN disk AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland
CROSS JOIN (SELECT unnest(['the first', 'each further']) AS part)
CROSS JOIN LATERAL (SELECT if(part = 'the first', c.first_bytes, c.next_bytes) AS c_bytes, if(part = 'the first', v.first_bytes, v.next_bytes) AS v_bytes)
WHERE c.kind = 'container' AND v.kind = 'vm' AND c_bytes > 0 AND v_bytes > 0
UNION ALL
SELECT
  c.run_id, c.host_id, c.cell, v.cell, c.name, v.name, v.accelerator, c.userland, 'storm', 'storm',
  c.name || ' vs ' || v.name || '; storm of starts; accelerator=' || v.accelerator,
  'starts a second',
  c.middle / v.middle, c.least / v.most, c.most / v.least, c.middle, v.middle,
  CASE
    WHEN c.trials < 2 OR v.trials < 2 OR c.harness > 0.5 OR v.harness > 0.5 THEN 'inconclusive'
    WHEN c.least / v.most > matters() THEN 'supported'
    WHEN c.most / v.least < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END,
  c.name || ' starts at most ' || factor(c.middle) || ' containers a second, QEMU ' || factor(v.middle) || ' virtual machines: ' || factor(c.middle / v.middle) || ' times as many'
  || '; the containers'' bottleneck: ' || c.bottleneck || ', the machines'': ' || v.bottleneck
  || if(c.trials < 2 OR v.trials < 2, '; a single undisturbed trial tells no spread', '')
  || if(c.harness > 0.5 OR v.harness > 0.5, '; the harness itself took more than half of what was busy', '') || '.',
  c.trials + v.trials
FROM (
  SELECT run_id, host_id, cell, kind, name, userland, count(*) AS trials, median(best) AS middle, min(best) AS least, max(best) AS most, max(harness_of_busy) AS harness, mode(bottleneck) AS bottleneck
  FROM knee WHERE NOT disturbed GROUP BY ALL
) AS c
JOIN (
  SELECT run_id, host_id, cell, kind, name, userland, accelerator, count(*) AS trials, median(best) AS middle, min(best) AS least, max(best) AS most, max(harness_of_busy) AS harness, mode(bottleneck) AS bottleneck
  FROM knee WHERE NOT disturbed GROUP BY ALL
) AS v ON v.run_id = c.run_id AND v.host_id = c.host_id AND v.userland = c.userland
WHERE c.kind = 'container' AND v.kind = 'vm'
UNION ALL
SELECT
  m.run_id, m.host_id, m.container_cell, m.vm_cell, m.container, m.vm, m.accelerator, m.userland, 'density', 'memory',
  m.container || ' vs ' || m.vm || '; density, as reached; accelerator=' || m.accelerator,
  'density, as reached',
  r.ratio, r.low, r.high, r.container_n, r.vm_n,
  CASE
    WHEN stopped THEN 'inconclusive'
    WHEN r.low > matters() THEN 'supported'
    WHEN r.high < 1 / matters() THEN 'refuted'
    ELSE 'inconclusive'
  END,
  'One budget for both let in ' || factor(r.container_n) || ' ' || m.container || ' containers, idle, and ' || factor(r.vm_n) || ' virtual machines, in the median of ' || r.blocks || ' blocks: '
  || factor(r.ratio) || ' times as many (' || factor(r.low) || ' to ' || factor(r.high) || ', up to the plan''s next number); stopped by '
  || replace(r.container_limit, 'pids', 'processes') || ' and ' || replace(r.vm_limit, 'pids', 'processes')
  || if(stopped, '; but in another block a sandbox did not start', '') || '.',
  r.trials
FROM density_reached AS r
JOIN memory_contest AS m ON m.run_id = r.run_id AND m.host_id = r.host_id AND m.container_cell = r.container_cell AND m.vm_cell = r.vm_cell AND m.probe = 'memory' AND m.measure = 'memory'
CROSS JOIN LATERAL (SELECT bool_or(b.stopped) AS stopped FROM density_budget AS b WHERE b.run_id = r.run_id AND b.host_id = r.host_id AND b.cell IN (r.container_cell, r.vm_cell))
UNION ALL
SELECT
  m.run_id, m.host_id, m.container_cell, m.vm_cell, m.container, m.vm, m.accelerator, m.userland, 'density', 'memory',
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
  'By what one more costs, one budget for both would hold ' || if(c.capped, 'at least ', '') || format('{:.0f}', c.fits) || ' ' || m.container || ' containers (' || c.held || ' were held, limited by ' || c.limited_by || ') and '
  || if(v.capped, 'at least ', '') || format('{:.0f}', v.fits) || ' virtual machines (' || v.held || ' were held, limited by ' || v.limited_by || ')' || if(m.measure = 'memory', '', ', without the code that TCG translated')
  || CASE
    WHEN v.capped AND (c.capped OR c.most IS NULL) THEN '; how many times as many is not known'
    WHEN v.capped THEN ': at most ' || factor(c.most / nullif(v.least, 0)) || ' times as many'
    ELSE ': ' || factor(c.fits / v.fits) || ' times as many' || CASE
      WHEN c.least / v.most IS NULL THEN '; no bounds follow, since the machines'' number is known as a least one only'
      WHEN c.most / nullif(v.least, 0) IS NULL THEN ', at least ' || factor(c.least / v.most) || ' times'
      ELSE ' (' || factor(c.least / v.most) || ' to ' || factor(c.most / v.least) || ')'
    END
  END
  || if(m.fits, '', '; but the parts do not add up to what the machine says is gone')
  || if(c.stopped OR v.stopped, '; but a fleet was stopped because a sandbox did not start: something else limits', '') || '.',
  m.trials
FROM memory_contest AS m
JOIN density_fit AS c ON c.run_id = m.run_id AND c.host_id = m.host_id AND c.container_cell = m.container_cell AND c.vm_cell = m.vm_cell AND c.measure = m.measure AND c.cell = m.container_cell
JOIN density_fit AS v ON v.run_id = m.run_id AND v.host_id = m.host_id AND v.container_cell = m.container_cell AND v.vm_cell = m.vm_cell AND v.measure = m.measure AND v.cell = m.vm_cell
WHERE m.probe = 'memory' AND c.fits > 0 AND v.fits > 0
  AND NOT EXISTS (
    SELECT 1 FROM density_reached AS r
    WHERE r.run_id = m.run_id AND r.host_id = m.host_id AND r.container_cell = m.container_cell AND r.vm_cell = m.vm_cell
  );

-- [10] The claim as stated needs an accelerator that people use.
CREATE OR REPLACE VIEW verdict AS
SELECT
  'C7' AS claim, '' AS scope,
  CASE
    WHEN count(*) FILTER (accelerator = 'kvm' AND what = 'memory') = 0 THEN 'not tested'
    WHEN bool_or(verdict = 'refuted') FILTER (accelerator = 'kvm' AND what = 'memory') THEN 'refuted'
    WHEN bool_and(verdict = 'supported') FILTER (accelerator = 'kvm' AND what = 'memory') THEN 'supported'
    ELSE 'inconclusive'
  END AS verdict,
  'real' AS basis,
  CASE
    WHEN count(*) = 0 THEN 'No container could be compared with a virtual machine.'
    WHEN count(*) FILTER (accelerator = 'kvm' AND what = 'memory') = 0 THEN
      'Virtual machines ran without hardware acceleration only: what was measured stands in the rows with a scope.'
    ELSE 'By memory, ' || count(*) FILTER (accelerator = 'kvm' AND what = 'memory' AND verdict = 'supported') || ' of '
      || counted(count(*) FILTER (accelerator = 'kvm' AND what = 'memory'), 'comparison', 'comparisons') || ' support it.'
  END AS summary,
  count(DISTINCT container_cell || vm_cell) FILTER (accelerator = 'kvm') AS trials
FROM contest
UNION ALL
SELECT
  'C7', scope || if(host_count > 1, '; host=' || host_id, ''), verdict,
  if(starts_with(userland, 'synthetic'), 'synthetic', 'real'), summary, trials
FROM contest
CROSS JOIN (SELECT count(DISTINCT host_id) AS host_count FROM contest);

CREATE OR REPLACE VIEW evidence AS
SELECT DISTINCT
  'C7' AS claim, c.scope || if(host_count > 1, '; host=' || c.host_id, '') AS scope, r.trial_id, r.cell, r.probe, r.block
FROM contest AS c
CROSS JOIN (SELECT count(DISTINCT host_id) AS host_count FROM contest)
JOIN footprint_reading AS r ON r.run_id = c.run_id AND r.host_id = c.host_id AND r.probe = c.probe AND r.cell IN (c.container_cell, c.vm_cell) AND r.outcome = 'ok';
