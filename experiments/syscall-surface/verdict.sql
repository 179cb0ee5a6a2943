-- Claim C5: "A program that needs what the kernel does not offer simply fails."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, summary, trials), evidence (claim, scope, trial_id, …), and classified:
--      every number of every cell with who answered.

CREATE OR REPLACE MACRO counted(n, one, many) AS n || ' ' || if(n = 1, one, many);
CREATE OR REPLACE MACRO spoken(names) AS
  if(len(names) > 1, array_to_string(names[:-2], ', ') || ' and ' || names[-1], coalesce(names[1], 'none'));
CREATE OR REPLACE MACRO shortened(names) AS spoken(if(len(names) > 12, names[:12] || [(len(names) - 12) || ' more'], names));
CREATE OR REPLACE MACRO one_line(said) AS left(trim(regexp_replace(said, '[[:cntrl:]]+', ' ', 'g')), 160);
CREATE OR REPLACE MACRO field(said, name) AS regexp_extract(said, '(?:^| )' || name || '=(\S+)', 1);
-- '6.18.44-cloud' and '6.9' as numbers that can be compared.
CREATE OR REPLACE MACRO kernel_order(release) AS
  try_cast(regexp_extract(release, '^(\d+)\.(\d+)', 1) AS INTEGER) * 1000 + try_cast(regexp_extract(release, '^(\d+)\.(\d+)', 2) AS INTEGER);

-- [2] Who answered. kind, errno, sig: what the cell read; unknown: its errno for the canary, a number that cannot exist;
-- base_kind, base_errno: the same number under the same runtime, userland and capabilities without a filter (the cell's own
-- reading where it has no filter; NULL where there is none). 1 EPERM, 13 EACCES, 31 SIGSYS, 38 ENOSYS.
CREATE OR REPLACE MACRO who_answered(is_named, kind, errno, sig, unknown, base_kind, base_errno) AS CASE
  WHEN kind = 'skipped' THEN 'skipped'
  WHEN kind = 'signal' AND sig = 31 THEN 'killed'
  WHEN kind NOT IN ('returned', 'signal', 'blocked') THEN 'undecided'
  WHEN base_kind = 'returned' AND base_errno = 38 THEN if(is_named, 'absent', 'unassigned')
  WHEN kind = 'blocked' THEN 'blocked'
  WHEN kind = 'signal' OR errno = 0 THEN 'implemented'
  WHEN errno NOT IN (1, 13, 38) AND errno IS DISTINCT FROM unknown THEN 'implemented'
  WHEN base_kind IS NULL OR base_kind NOT IN ('returned', 'signal', 'blocked') THEN 'undecided'
  WHEN base_kind = 'returned' AND base_errno = errno THEN if(errno IN (1, 13), 'capability', 'implemented')
  ELSE 'filter'
END;

-- How each class is shown, in the order in which tables have them.
CREATE OR REPLACE VIEW answerer AS
SELECT * FROM (VALUES
  (1, 'implemented', 'implemented', 3), (2, 'filter', 'refused by filter', 2), (3, 'capability', 'refused by capability or LSM', 5),
  (4, 'killed', 'killed', 4), (5, 'absent', 'absent in kernel', 1), (6, 'unassigned', 'unassigned', 6), (7, 'blocked', 'blocked', 7),
  (8, 'skipped', 'skipped', 9), (9, 'undecided', 'undecided', 8)
) AS a(rank, class, shown, slot);

-- [1] Every call of every sweep that ended well.
CREATE OR REPLACE VIEW called AS
SELECT
  run_id, trial_id, host_id, block, repetition, cell, userland, kernel, engine, runtime, variant,
  subject::INTEGER AS number,
  field(text, 'name') AS name,
  field(text, 'name') <> '-' AS is_named,
  nullif(field(text, 'since'), '-') AS since,
  field(text, 'class') AS kind,
  field(text, 'errno')::INTEGER AS errno,
  field(text, 'sig')::INTEGER AS sig,
  field(text, 'ret')::BIGINT AS ret,
  field(text, 'ns')::BIGINT AS ns
FROM reading
WHERE experiment = 'syscall-surface' AND probe = 'syscalls' AND metric = 'syscall' AND NOT warmup AND outcome = 'ok';

CREATE OR REPLACE VIEW context AS
SELECT run_id, trial_id, max(text) FILTER (subject = 'release') AS release, max(text) FILTER (subject = 'CapEff') AS capabilities
FROM observation
WHERE metric = 'context'
GROUP BY ALL;

-- [2] Each call beside the same call without a filter.
CREATE OR REPLACE TABLE classified AS
SELECT
  c.*, x.release, b.trial_id AS base_trial_id, b.kind AS base_kind, b.errno AS base_errno,
  who_answered(c.is_named, c.kind, c.errno, c.sig, k.errno, b.kind, b.errno) AS class,
  CASE
    WHEN c.kind = 'signal' THEN 'signal ' || c.sig
    WHEN c.kind <> 'returned' THEN c.kind
    WHEN c.errno = 0 THEN 'success'
    WHEN c.errno = 1 THEN 'EPERM' WHEN c.errno = 13 THEN 'EACCES' WHEN c.errno = 38 THEN 'ENOSYS'
    ELSE 'errno ' || c.errno
  END AS seen,
  -- [5] Absent whatever is read: a number that nobody has assigned, or one that a later Linux brought.
  CASE
    WHEN NOT c.is_named THEN true
    WHEN c.runtime = 'runsc' THEN false      -- its release is a constant of its program
    ELSE coalesce(kernel_order(c.since) > kernel_order(x.release), false)
  END AS expected_absent,
  c.block = min(c.block) OVER one_cell AND c.repetition = min(c.repetition) OVER one_cell AS first_of_cell,
  if(c.engine = '', c.runtime, c.runtime || if(c.variant = '', '', ' ' || c.variant)) || if(c.userland IN ('host', 'busybox:static'), '', ' (' || c.userland || ')') AS place,
  if(c.engine = '', 0, 1) * 1000 + if(c.runtime = 'runc', 0, 100) + if(c.variant = '', 0, if(c.variant = 'seccomp=unconfined', 1, 2)) AS place_rank
FROM called AS c
LEFT JOIN context AS x ON x.run_id = c.run_id AND x.trial_id = c.trial_id
LEFT JOIN called AS k ON k.run_id = c.run_id AND k.trial_id = c.trial_id AND k.number = 4000
LEFT JOIN called AS b
  ON b.run_id = c.run_id AND b.host_id = c.host_id AND b.block = c.block AND b.repetition = c.repetition AND b.number = c.number
  AND b.userland = c.userland AND b.kernel = c.kernel AND b.engine = c.engine AND b.runtime = c.runtime
  AND b.variant = CASE
    WHEN c.engine = '' OR c.variant LIKE '%seccomp=unconfined%' THEN c.variant   -- an engine sets the filter: no engine, no filter
    ELSE c.variant || if(c.variant = '', '', ';') || 'seccomp=unconfined'
  END
WINDOW one_cell AS (PARTITION BY c.run_id, c.host_id, c.cell);

-- What `harness compare --cells` sets side by side.
CREATE OR REPLACE VIEW comparable AS
SELECT cell, number AS subject, name, seen || ', ' || shown AS reading
FROM classified
JOIN answerer USING (class)
WHERE first_of_cell;

-- [3] Capabilities that open a call: refused without them, and not refused with them, both without a filter.
CREATE OR REPLACE VIEW opened AS
SELECT c.run_id, c.host_id, c.number, list(DISTINCT regexp_extract(o.variant, 'caps=\+(\w+)', 1) ORDER BY regexp_extract(o.variant, 'caps=\+(\w+)', 1)) AS capabilities
FROM classified AS c
JOIN classified AS o ON o.run_id = c.run_id AND o.host_id = c.host_id AND o.number = c.number AND o.runtime = c.runtime AND o.kernel = c.kernel
WHERE c.variant = 'seccomp=unconfined' AND c.class = 'capability' AND o.variant LIKE 'caps=+%seccomp=unconfined' AND o.class NOT IN ('capability', 'undecided')
GROUP BY ALL;

-- [4] Scopes: everything, and each container runtime.
CREATE OR REPLACE VIEW scoped AS
SELECT DISTINCT '' AS scope, '' AS only_runtime
UNION
SELECT 'runtime=' || runtime, runtime FROM trial WHERE experiment = 'syscall-surface' AND engine <> '';

-- [5] What the kernel lacks, and whether asking for it failed.
CREATE OR REPLACE VIEW lacking AS
SELECT c.*, c.kind IN ('returned', 'signal') AND (c.errno <> 0 OR c.sig <> 0) AS failed
FROM classified AS c
WHERE c.class IN ('absent', 'unassigned') OR c.expected_absent;

CREATE OR REPLACE VIEW left_out AS
SELECT s.scope, string_agg(n || ' ' || reason, ', ' ORDER BY n DESC, reason) AS reasons
FROM (
  SELECT s.scope, t.runtime || ': ' || t.outcome || if(t.detail = '', '', ' (' || one_line(t.detail) || ')') AS reason, count(*) AS n
  FROM scoped AS s
  JOIN trial AS t ON s.only_runtime IN ('', t.runtime)
  WHERE t.experiment = 'syscall-surface' AND t.probe = 'syscalls' AND NOT t.warmup AND t.outcome <> 'ok'
  GROUP BY ALL
) AS s
GROUP BY s.scope;

-- What fails in a container although the kernel has it: the engine's defaults, once a runtime.
CREATE OR REPLACE VIEW denied AS
SELECT
  s.scope, d.runtime, count(*) FILTER (d.class = 'filter') AS filtered, count(*) FILTER (d.class = 'capability') AS incapable, count(*) FILTER (d.class = 'killed') AS killed,
  list(DISTINCT d.name ORDER BY d.name) FILTER (d.class IN ('filter', 'killed')) AS filter_names,
  list(DISTINCT d.name ORDER BY d.name) FILTER (d.class = 'capability') AS capability_names,
  list(DISTINCT d.seen ORDER BY d.seen) FILTER (d.class IN ('filter', 'killed')) AS filter_seen
FROM scoped AS s
JOIN classified AS d ON s.only_runtime IN ('', d.runtime) AND d.variant = '' AND d.engine <> '' AND d.first_of_cell AND d.is_named
WHERE d.cell = (SELECT min(cell) FROM classified AS m WHERE m.runtime = d.runtime AND m.variant = '' AND m.engine = d.engine)
GROUP BY ALL;

CREATE OR REPLACE VIEW spoken_denied AS
SELECT scope, string_agg(
  ' Although the kernel has them, ' || counted(filtered + incapable + killed, 'call fails', 'calls fail') || ' under ' || runtime || ' with the engine''s defaults: '
  || filtered || ' refused by the filter' || if(filtered > 0, ' (' || spoken(filter_seen) || ': ' || shortened(filter_names) || ')', '')
  || ', ' || incapable || ' by a capability or security module' || if(incapable > 0, ' (' || shortened(capability_names) || ')', '')
  || if(killed > 0, ', ' || killed || ' killed', '') || '.', '' ORDER BY runtime) AS said
FROM denied
GROUP BY scope;

-- [7] The named calls that are newer than a kernel, on it and on a later one of the same run.
CREATE OR REPLACE VIEW across AS
SELECT DISTINCT o.name, o.number, o.since, o.kernel AS old_kernel, o.release AS old_release, n.kernel AS new_kernel, n.release AS new_release,
  o.trial_id, o.kind = 'returned' AND o.errno = 38 AS fails_on_old, NOT (n.kind = 'returned' AND n.errno = 38) AS works_on_new
FROM classified AS o
JOIN classified AS n ON n.run_id = o.run_id AND n.number = o.number AND kernel_order(n.release) > kernel_order(o.release)
WHERE o.is_named AND o.since IS NOT NULL AND o.runtime <> 'runsc' AND n.runtime <> 'runsc'
  AND (o.engine = '' OR o.variant LIKE '%seccomp=unconfined%') AND (n.engine = '' OR n.variant LIKE '%seccomp=unconfined%')
  AND kernel_order(o.since) > kernel_order(o.release) AND kernel_order(o.since) <= kernel_order(n.release)
  AND o.kind <> 'skipped' AND n.kind <> 'skipped';

-- [6] Userlands that answer otherwise than another one in the same place.
CREATE OR REPLACE VIEW userland_difference AS
SELECT a.trial_id, a.cell, b.cell AS other_cell, a.number, a.name, a.seen, b.seen AS other_seen
FROM classified AS a
JOIN classified AS b ON b.run_id = a.run_id AND b.host_id = a.host_id AND b.block = a.block AND b.repetition = a.repetition AND b.number = a.number
  AND b.kernel = a.kernel AND b.engine = a.engine AND b.runtime = a.runtime AND b.variant = a.variant AND b.userland > a.userland
WHERE a.engine <> '' AND a.seen <> b.seen;

CREATE OR REPLACE VIEW userland_pair AS
SELECT count(DISTINCT userland) AS userlands, count(DISTINCT trial_id) AS trials
FROM classified AS c
WHERE engine <> '' AND EXISTS (
  FROM classified AS b
  WHERE b.run_id = c.run_id AND b.host_id = c.host_id AND b.runtime = c.runtime AND b.variant = c.variant AND b.number = 4000 AND b.userland <> c.userland)
  AND number = 4000;

-- [8] What programs ask for, and what they got.
CREATE OR REPLACE VIEW asked AS
SELECT
  run_id, trial_id, host_id, cell, block, repetition, engine, runtime, variant, subject AS need, field(text, 'class') AS kind,
  CASE
    WHEN field(text, 'class') = 'signal' THEN 'signal ' || field(text, 'sig')
    WHEN field(text, 'class') <> 'returned' THEN field(text, 'class')
    ELSE CASE field(text, 'errno') WHEN '0' THEN 'success' WHEN '1' THEN 'EPERM' WHEN '13' THEN 'EACCES' WHEN '38' THEN 'ENOSYS' ELSE 'errno ' || field(text, 'errno') END
  END AS seen
FROM reading
WHERE experiment = 'syscall-surface' AND probe = 'needs' AND metric = 'need' AND NOT warmup AND outcome = 'ok';

CREATE OR REPLACE VIEW spoken_asked AS
SELECT string_agg(' Under ' || runtime || ' with the engine''s defaults: ' || said || '.', '' ORDER BY runtime) AS said
FROM (
  SELECT runtime, string_agg(seen || ' for ' || needs, '; ' ORDER BY seen) AS said
  FROM (
    SELECT runtime, seen, spoken(list(DISTINCT need ORDER BY need)) AS needs
    FROM asked
    WHERE engine <> '' AND variant = '' AND seen <> 'success'
    GROUP BY ALL
  )
  GROUP BY runtime
);

-- [9] The second witness: the container's filter program, read from outside and evaluated by the harness with the sweep's arguments.
CREATE OR REPLACE TABLE filter_answer AS
SELECT run_id, trial_id, subject AS answer, unnest(range(first, last + 1))::INTEGER AS number
FROM (
  SELECT run_id, trial_id, subject, split_part(part, '-', 1)::INTEGER AS first, coalesce(nullif(split_part(part, '-', 2), ''), part)::INTEGER AS last
  FROM (
    SELECT run_id, trial_id, subject, unnest(string_split(text, ' ')) AS part
    FROM reading
    WHERE experiment = 'syscall-surface' AND probe = 'syscalls' AND metric = 'filter' AND text <> '' AND NOT warmup AND outcome = 'ok'
  )
);

CREATE OR REPLACE VIEW witnessed AS
SELECT
  c.*, f.answer, q.number IS NOT NULL AS conditional,
  CASE
    WHEN c.kind = 'skipped' THEN 'not called'
    WHEN c.name IN ('uretprobe', 'uprobe') AND c.class = 'implemented' THEN 'exempt'   -- the kernel asks no filter for these
    WHEN f.answer IN ('allow', 'log') THEN if(c.class IN ('filter', 'killed'), 'disagrees', 'agrees')
    WHEN f.answer = 'errno=' || c.errno AND c.kind = 'returned' THEN if(c.class IN ('filter', 'absent', 'unassigned'), 'agrees', 'same errno')
    WHEN f.answer IN ('kill_process', 'kill_thread', 'trap') AND c.class = 'killed' THEN 'agrees'
    ELSE 'disagrees'
  END AS agreement
FROM classified AS c
JOIN filter_answer AS f ON f.run_id = c.run_id AND f.trial_id = c.trial_id AND f.number = c.number AND f.answer <> 'conditional'
LEFT JOIN filter_answer AS q ON q.run_id = c.run_id AND q.trial_id = c.trial_id AND q.number = c.number AND q.answer = 'conditional';

CREATE OR REPLACE VIEW verdict AS
SELECT
  'C5' AS claim, s.scope,
  CASE
    WHEN l.n IS NULL THEN 'not tested'
    WHEN l.worked > 0 THEN 'refuted'
    WHEN l.unclear > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  'real' AS basis,
  CASE
    WHEN l.n IS NULL THEN 'No sweep was judged.'
    WHEN l.worked > 0 THEN 'Asking for what the kernel lacks did not fail for ' || shortened(l.worked_names) || '.'
    ELSE 'In ' || counted(l.cells, 'cell', 'cells') || ', all that the kernel lacks was answered with an error: '
      || l.n_unassigned || ' numbers that nobody has assigned, and ' || counted(len(l.absent_names), 'named call', 'named calls')
      || if(len(l.absent_names) > 0, ' (' || shortened(l.absent_names) || ')', '') || '. What a program sees: ' || spoken(l.seen) || '.'
  END
  || if(l.unclear > 0, ' For ' || l.unclear || ' it was not told.', '')
  || coalesce(d.said, '')
  || coalesce(' Left out: ' || o.reasons || '.', '') AS summary,
  coalesce(l.trials, 0) AS trials
FROM scoped AS s
LEFT JOIN (
  SELECT
    s.scope, count(*) AS n, count(DISTINCT cell) AS cells, count(DISTINCT trial_id) AS trials,
    count_if(kind = 'returned' AND errno = 0 OR kind = 'blocked') AS worked,
    list(DISTINCT if(is_named, name, number::VARCHAR)) FILTER (kind = 'returned' AND errno = 0 OR kind = 'blocked') AS worked_names,
    count_if(kind NOT IN ('returned', 'signal', 'blocked', 'skipped')) AS unclear,
    count(DISTINCT number) FILTER (NOT is_named) AS n_unassigned,
    coalesce(list(DISTINCT name ORDER BY name) FILTER (is_named), []) AS absent_names,
    list(DISTINCT lacking.seen ORDER BY lacking.seen) FILTER (kind <> 'skipped') AS seen
  FROM scoped AS s
  JOIN lacking ON s.only_runtime IN ('', lacking.runtime)
  GROUP BY s.scope
) AS l ON l.scope = s.scope
LEFT JOIN spoken_denied AS d ON d.scope = s.scope
LEFT JOIN left_out AS o ON o.scope = s.scope
UNION ALL
SELECT
  'C5', 'part=kernels',
  CASE WHEN count(*) = 0 THEN 'not tested' WHEN count_if(NOT fails_on_old OR NOT works_on_new) > 0 THEN 'inconclusive' ELSE 'supported' END,
  'real',
  CASE
    WHEN count(*) = 0 THEN 'That a call works on a later kernel needs two kernels, one older than the call and one not; this run has one kernel.'
    WHEN count_if(NOT fails_on_old OR NOT works_on_new) > 0 THEN
      'Not as the table has it (a distribution may have brought the call back to an older kernel, or left it out of a newer one): '
      || shortened(list(DISTINCT name ORDER BY name) FILTER (NOT fails_on_old OR NOT works_on_new)) || '.'
    ELSE counted(count(DISTINCT name), 'call', 'calls') || ' returned ENOSYS on a kernel older than the call and did not on a later one: ' || shortened(list(DISTINCT name ORDER BY name)) || '.'
  END,
  count(DISTINCT trial_id)
FROM across
UNION ALL
SELECT
  'C5', 'part=programs',
  CASE WHEN count(*) = 0 THEN 'not tested' WHEN count_if(kind IN ('signal', 'blocked')) > 0 THEN 'refuted' WHEN count_if(kind <> 'returned') > 0 THEN 'inconclusive' ELSE 'supported' END,
  'real',
  CASE
    WHEN count(*) = 0 THEN 'No program''s need was asked for.'
    WHEN count_if(kind IN ('signal', 'blocked')) > 0 THEN 'Some requests did not simply fail: ' || shortened(list(DISTINCT need || ' (' || seen || ')') FILTER (kind IN ('signal', 'blocked'))) || '.'
    ELSE 'Each of ' || count(DISTINCT need) || ' needs of programs was met or answered with an error, in ' || counted(count(DISTINCT cell), 'cell', 'cells') || '.'
  END || coalesce((SELECT said FROM spoken_asked), ''),
  count(DISTINCT trial_id)
FROM asked
UNION ALL
SELECT
  'C5', 'part=witness',
  CASE WHEN count(*) = 0 THEN 'not tested' WHEN count_if(agreement = 'disagrees') > 0 THEN 'refuted' ELSE 'supported' END,
  'real',
  CASE
    WHEN count(*) = 0 THEN 'No container''s filter could be read from outside: that needs root on the machine of the engine.'
    ELSE 'Difference between cells and the filter program itself '
      || if(count_if(agreement = 'disagrees') > 0, 'disagree on ' || shortened(list(DISTINCT if(is_named, name, number::VARCHAR)) FILTER (agreement = 'disagrees')),
        'agree on every number of ' || counted(count(DISTINCT cell), 'cell', 'cells'))
      || if(count_if(agreement = 'same errno') > 0, '; where the filter answers as the kernel would, only the program shows who did: '
        || shortened(list(DISTINCT name ORDER BY name) FILTER (agreement = 'same errno')), '')
      || if(count_if(agreement = 'exempt' AND answer NOT IN ('allow', 'log')) > 0, '; past any filter, since the kernel asks none for them: '
        || shortened(list(DISTINCT name ORDER BY name) FILTER (agreement = 'exempt')), '')
      || if(count_if(conditional) > 0, '; the filter looks at arguments for ' || shortened(list(DISTINCT if(is_named, name, number::VARCHAR) ORDER BY if(is_named, name, number::VARCHAR)) FILTER (conditional)), '')
      || if(count_if(agreement = 'not called') > 0, '; not called: ' || shortened(list(DISTINCT name || ' (filter: ' || answer || ')' ORDER BY name || ' (filter: ' || answer || ')') FILTER (agreement = 'not called' AND variant = '')), '')
      || '.'
  END,
  count(DISTINCT trial_id)
FROM witnessed
UNION ALL
SELECT
  'C5', 'part=userland',
  CASE WHEN p.trials = 0 THEN 'not tested' WHEN d.n > 0 THEN 'refuted' ELSE 'supported' END,
  'real',
  CASE
    WHEN p.trials = 0 THEN 'That the userland does not matter needs two userlands under one runtime; this run has one.'
    WHEN d.n > 0 THEN 'Userlands under one runtime answered differently for ' || shortened(d.names) || '.'
    ELSE 'The userland does not matter: ' || p.userlands || ' userlands gave the same answer to every number, under the same runtime and settings.'
  END,
  p.trials
FROM userland_pair AS p, (SELECT count(*) AS n, list(DISTINCT if(name = '-', number::VARCHAR, name)) AS names FROM userland_difference) AS d
ORDER BY claim, scope;

-- The rows behind each verdict: what the kernel lacks and what a program saw; under a runtime's scope also what was refused there
-- although the kernel has it. opened_by: capabilities that open the call.
CREATE OR REPLACE VIEW evidence AS
SELECT
  'C5' AS claim, s.scope, c.host_id, c.cell, c.block, c.repetition, c.trial_id, coalesce(c.base_trial_id, '') AS base_trial_id,
  c.number, c.name, coalesce(c.since, '') AS since, c.class, c.seen, coalesce(array_to_string(o.capabilities, ' '), '') AS opened_by
FROM scoped AS s
JOIN classified AS c ON s.only_runtime IN ('', c.runtime)
LEFT JOIN opened AS o ON o.run_id = c.run_id AND o.host_id = c.host_id AND o.number = c.number AND c.class = 'capability'
WHERE (s.scope = '' AND (c.class IN ('absent', 'unassigned') OR c.expected_absent))
  OR (s.scope <> '' AND c.class IN ('filter', 'capability', 'killed', 'blocked', 'undecided'))
UNION ALL
SELECT 'C5', 'part=witness', host_id, cell, block, repetition, trial_id, coalesce(base_trial_id, ''), number, name, coalesce(since, ''), class,
  seen || ' / filter: ' || answer || if(agreement = 'agrees', ' on its arguments', ', ' || agreement), ''
FROM witnessed
WHERE agreement IN ('disagrees', 'same errno') OR (agreement = 'exempt' AND answer NOT IN ('allow', 'log')) OR conditional
UNION ALL
SELECT 'C5', 'part=programs', host_id, cell, block, repetition, trial_id, '', NULL, need, '', kind, seen, ''
FROM asked
UNION ALL
SELECT 'C5', 'part=userland', '', cell, 0, 0, trial_id, '', number, name, '', other_cell, seen || ' / ' || other_seen, ''
FROM userland_difference
UNION ALL
SELECT DISTINCT 'C5', 'part=kernels', '', old_kernel || ' / ' || new_kernel, 0, 0, trial_id, '', number, name, since,
  old_release || ' / ' || new_release, if(fails_on_old, 'ENOSYS', 'there') || ' / ' || if(works_on_new, 'there', 'ENOSYS'), ''
FROM across
ORDER BY ALL;
