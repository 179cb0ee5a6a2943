-- Claim C5: "A program that needs what the kernel does not offer simply fails."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials), method_check (name, holds, summary, trials), evidence (claim, scope, trial_id, …)
--      for both, not_counted (claim, reason, remedy, what, trial_id): measured trials that decide nothing, and classified: every number of every cell with who answered.

CREATE OR REPLACE MACRO field(said, name) AS regexp_extract(said, '(?:^| )' || name || '=(\S+)', 1);
-- 'caps=+bpf;seccomp=unconfined' as figures have it.
CREATE OR REPLACE MACRO in_words(variant) AS
  replace(replace(replace(replace(variant, 'seccomp=unconfined', 'unconfined'), 'caps=none', 'no capabilities'), 'caps=', ''), ';', ', ');

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

-- [11] Whether the kernel's symbols and the calls tell the same. symbol: defined, weak or none; NULL where they were not read.
CREATE OR REPLACE MACRO symbols_agree(symbol, class) AS CASE
  WHEN symbol IS NULL THEN 'not read'
  WHEN class = 'skipped' THEN 'not called'
  WHEN class IN ('undecided', 'killed') THEN 'not told'
  WHEN (symbol = 'defined') = (class NOT IN ('absent', 'unassigned')) THEN 'agrees'
  ELSE 'disagrees'
END;

-- How each class is shown, in the order in which tables have them.
CREATE OR REPLACE VIEW answerer AS
SELECT * FROM (VALUES
  (1, 'implemented', 'implemented', 'there', 3), (2, 'filter', 'refused by filter', 'filter', 2),
  (3, 'capability', 'refused by capability or LSM', 'capability', 5), (4, 'killed', 'killed', 'killed', 4),
  (5, 'absent', 'absent in kernel', 'absent', 1), (6, 'unassigned', 'unassigned', 'unassigned', 6), (7, 'blocked', 'blocked', 'blocked', 7),
  (8, 'skipped', 'skipped', 'skipped', 9), (9, 'undecided', 'undecided', 'undecided', 8)
) AS a(rank, class, shown, head, slot);

-- [1] Every call of every sweep that ended well, by every entry: the processor's own, int 0x80 (i386), x32.
CREATE OR REPLACE TABLE called AS
SELECT
  run_id, trial_id, host_id, block, repetition, cell, userland, kernel, engine, runtime, variant,
  CASE probe WHEN 'syscalls' THEN 'native' WHEN 'syscalls-i386' THEN 'i386' ELSE 'x32' END AS entry,
  TRY_CAST(subject AS INTEGER) AS number,
  field(text, 'name') AS name,
  field(text, 'name') <> '-' AS is_named,
  nullif(field(text, 'since'), '-') AS since,
  field(text, 'class') AS kind,
  TRY_CAST(field(text, 'errno') AS INTEGER) AS errno,
  TRY_CAST(field(text, 'sig') AS INTEGER) AS sig,
  TRY_CAST(field(text, 'ret') AS BIGINT) AS ret,
  TRY_CAST(field(text, 'ns') AS BIGINT) AS ns
FROM reading
WHERE experiment = 'syscall-surface' AND probe IN ('syscalls', 'syscalls-i386', 'syscalls-x32') AND metric = 'syscall' AND NOT warmup AND outcome = 'ok';

-- is_kernel: the release is that of a kernel: the host's by its own process, one that a VM booted, or the host's by the boot id that was read
-- outside of the container. A program that answers in a kernel's place, as gVisor does, has a release that is a constant.
CREATE OR REPLACE TABLE context AS
SELECT
  c.*,
  coalesce(kind_of(t.runtime) <> 'container' OR c.boot_id = c.outside_boot_id OR c.boot_id IN (
    SELECT h.text FROM reading AS h
    WHERE h.run_id = t.run_id AND h.host_id = t.host_id AND h.experiment = 'syscall-surface' AND kind_of(h.runtime) = 'process' AND h.metric = 'context' AND h.subject = 'boot_id'), false) AS is_kernel
FROM (
  SELECT
    run_id, trial_id,
    max(text) FILTER (metric = 'context' AND subject = 'release') AS release, max(text) FILTER (metric = 'context' AND subject = 'boot_id') AS boot_id,
    max(text) FILTER (metric = 'context' AND subject = 'CapEff') AS capabilities, max(text) FILTER (metric = 'context' AND subject = 'entry') AS entry_answer,
    max(text) FILTER (metric = 'symbol' AND subject = 'boot_id') AS outside_boot_id
  FROM observation
  WHERE metric IN ('context', 'symbol')
  GROUP BY ALL
) AS c
JOIN trial AS t ON t.run_id = c.run_id AND t.trial_id = c.trial_id;

-- What sentences and figures call a cell's runtime: with its engine before it, where the run has containers of it by several.
CREATE OR REPLACE VIEW driven AS
SELECT engine, runtime, if(engine <> '' AND count(*) FILTER (engine <> '') OVER (PARTITION BY runtime) > 1, engine || '/', '') || runtime AS driven_by
FROM (SELECT DISTINCT engine, runtime FROM trial WHERE experiment = 'syscall-surface');

-- [2] Each call beside the same call without a filter.
CREATE OR REPLACE TABLE answered AS
SELECT
  c.*, v.driven_by, x.release, x.is_kernel, b.trial_id AS base_trial_id, b.kind AS base_kind, b.errno AS base_errno,
  who_answered(c.is_named, c.kind, c.errno, c.sig, k.errno, b.kind, b.errno) AS class,
  CASE
    WHEN c.kind = 'signal' THEN 'signal ' || c.sig
    WHEN c.kind <> 'returned' THEN c.kind
    WHEN c.errno = 0 THEN 'success'
    WHEN c.errno = 1 THEN 'EPERM' WHEN c.errno = 13 THEN 'EACCES' WHEN c.errno = 38 THEN 'ENOSYS'
    ELSE 'errno ' || c.errno
  END AS seen,
  -- [5] Lacking by the table, whatever was answered: a number that nobody has assigned, or a call that a later Linux brought.
  NOT c.is_named OR coalesce(x.is_kernel AND version_order(c.since) > version_order(x.release), false) AS lacked,
  c.block = min(c.block) OVER one_cell AND c.repetition = min(c.repetition) OVER one_cell AS first_of_cell,
  if(kind_of(c.runtime) = 'vm', 'Linux ' || regexp_extract(x.release, '^(\d+\.\d+)', 1) || ', ' || c.kernel || if(c.variant = '', '', ', ' || in_words(c.variant)), v.driven_by || if(c.variant = '', '', ', ' || in_words(c.variant))) || if(c.userland IN ('host', 'busybox:static'), '', ' (' || c.userland || ')') AS place,
  if(kind_of(c.runtime) = 'vm', 10000 + version_order(x.release), if(c.engine = '', 0, 1) * 1000) + if(is_default_runtime(c.runtime), 0, 100) + CASE WHEN c.variant = '' THEN 0 WHEN c.variant = 'seccomp=unconfined' THEN 1 WHEN c.variant LIKE 'caps=none%' THEN 2 ELSE 3 END AS place_rank
FROM called AS c
JOIN driven AS v ON v.engine = c.engine AND v.runtime = c.runtime
LEFT JOIN context AS x ON x.run_id = c.run_id AND x.trial_id = c.trial_id
LEFT JOIN called AS k ON k.run_id = c.run_id AND k.trial_id = c.trial_id AND k.number = 4000
LEFT JOIN called AS b
  ON b.run_id = c.run_id AND b.host_id = c.host_id AND b.block = c.block AND b.repetition = c.repetition AND b.number = c.number
  AND b.entry = c.entry AND b.userland = c.userland AND b.kernel = c.kernel AND b.engine = c.engine AND b.runtime = c.runtime
  AND b.variant = CASE
    WHEN c.engine = '' OR c.variant LIKE '%seccomp=unconfined%' THEN c.variant   -- an engine sets the filter: no engine, no filter
    ELSE c.variant || if(c.variant = '', '', ';') || 'seccomp=unconfined'
  END
WINDOW one_cell AS (PARTITION BY c.run_id, c.host_id, c.cell, c.entry);

-- What is said of cells without naming an entry is said of the processor's own.
CREATE OR REPLACE VIEW classified AS
SELECT * FROM answered WHERE entry = 'native';

-- What `harness compare --cells` sets side by side.
CREATE OR REPLACE VIEW comparable AS
SELECT cell, number AS subject, name, seen || ', ' || shown AS reading
FROM classified
JOIN answerer USING (class)
WHERE first_of_cell;

-- [3] Capabilities that open a call: refused without them, and not refused with them, both without a filter.
CREATE OR REPLACE VIEW opened AS
SELECT c.run_id, c.host_id, c.engine, c.runtime, c.kernel, c.number, list(DISTINCT regexp_extract(o.variant, 'caps=\+(\w+)', 1) ORDER BY regexp_extract(o.variant, 'caps=\+(\w+)', 1)) AS capabilities
FROM classified AS c
JOIN classified AS o ON o.run_id = c.run_id AND o.host_id = c.host_id AND o.number = c.number AND o.engine = c.engine AND o.runtime = c.runtime AND o.kernel = c.kernel
WHERE c.variant = 'seccomp=unconfined' AND c.class = 'capability' AND o.variant LIKE 'caps=+%seccomp=unconfined' AND o.class NOT IN ('capability', 'undecided')
GROUP BY ALL;

-- [4] Scopes: everything, and each container runtime.
CREATE OR REPLACE VIEW scoped AS
SELECT DISTINCT '' AS scope, '' AS only_runtime
UNION
SELECT 'runtime=' || runtime, runtime FROM trial WHERE experiment = 'syscall-surface' AND engine <> '';

-- The same, and the other entries [10].
CREATE OR REPLACE VIEW lacking_scope AS
SELECT scope, only_runtime, 'native' AS entry FROM scoped
UNION ALL
SELECT 'entry=' || entry, '', entry FROM (VALUES ('i386'), ('x32')) AS e(entry);

-- Sweeps that ran and did not end well: of them nothing is judged.
CREATE OR REPLACE VIEW not_counted AS
SELECT 'C5' AS claim, 'the sweep did not succeed (' || outcome || ')' AS reason, '' AS remedy, runtime_name(runtime) AS what, trial_id
FROM trial
WHERE experiment = 'syscall-surface' AND probe = 'syscalls' AND NOT warmup AND outcome NOT IN ('ok', 'unavailable', 'broken');

-- What fails in a container although the kernel has it: the engine's defaults, once a runtime.
CREATE OR REPLACE VIEW denied AS
SELECT
  s.scope, d.driven_by AS runtime, count(*) FILTER (d.class = 'filter') AS filtered, count(*) FILTER (d.class = 'capability') AS incapable, count(*) FILTER (d.class = 'killed') AS killed,
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
  || filtered || ' refused by the filter' || if(filtered > 0, ' (' || spoken(filter_seen) || ': ' || spoken(filter_names) || ')', '')
  || ', ' || incapable || ' by a capability or security module' || if(incapable > 0, ' (' || spoken(capability_names) || ')', '')
  || if(killed > 0, ', ' || killed || ' killed', '') || '.', '' ORDER BY runtime) AS said
FROM denied
GROUP BY scope;

-- What the kernel's symbols say of each number, where they are those of the kernel that was called.
CREATE OR REPLACE TABLE symbol_state AS
SELECT run_id, trial_id, subject AS symbol, unnest(range(first, last + 1))::INTEGER AS number
FROM (
  SELECT run_id, trial_id, subject, TRY_CAST(split_part(part, '-', 1) AS INTEGER) AS first, TRY_CAST(coalesce(nullif(split_part(part, '-', 2), ''), part) AS INTEGER) AS last
  FROM (
    SELECT r.run_id, r.trial_id, r.subject, unnest(string_split(r.text, ' ')) AS part
    FROM reading AS r
    JOIN context AS x ON x.run_id = r.run_id AND x.trial_id = r.trial_id
    JOIN observation AS i ON i.run_id = r.run_id AND i.trial_id = r.trial_id AND i.metric = 'symbol' AND i.subject = 'boot_id' AND i.text = x.boot_id
    WHERE r.experiment = 'syscall-surface' AND r.probe = 'syscalls' AND r.metric = 'symbol' AND r.subject <> 'boot_id' AND r.text <> ''
  )
);

-- [5] What the kernel lacks by the table, and what became of asking for it, by every entry. worked: no error although the kernel lacks it;
-- there: the kernel answers as one that has the call, which was carried back to it; not told: a success, where nothing but that answer says
-- whether the kernel has the call, or no answer at all.
CREATE OR REPLACE TABLE lacking AS
SELECT
  c.*,
  CASE
    WHEN c.kind = 'skipped' THEN 'not called'
    WHEN c.kind NOT IN ('returned', 'signal', 'blocked') THEN 'not told'
    WHEN c.kind = 'blocked' OR c.kind = 'returned' AND c.errno = 0 THEN CASE
      WHEN NOT c.is_named OR s.symbol IN ('weak', 'none') THEN 'worked'
      WHEN s.symbol = 'defined' THEN 'there'
      ELSE 'not told'
    END
    WHEN NOT c.is_named OR c.class IN ('absent', 'unassigned', 'killed', 'undecided') THEN 'failed'
    ELSE 'there'
  END AS became
FROM answered AS c
LEFT JOIN symbol_state AS s ON s.run_id = c.run_id AND s.trial_id = c.trial_id AND s.number = c.number AND c.entry = 'native'
WHERE c.lacked;

-- The same in counts and names, by scope; enosys: calls of which nothing but their own answer says that the kernel lacks them.
CREATE OR REPLACE TABLE lacking_found AS
SELECT l.*, coalesce(e.names, []) AS enosys
FROM (
  SELECT
    s.scope,
    count_if(became <> 'not called') AS n, count(DISTINCT cell) AS cells, count(DISTINCT cell) FILTER (is_named AND became = 'failed') AS named_cells,
    -- [5] Of a Linux kernel, which is what is meant; a program that answers in its place, as gVisor does, is an exception.
    count_if(became = 'worked') AS worked, count_if(became = 'worked' AND is_meant) AS worked_linux, count_if(became = 'not told') AS unclear,
    named(list(DISTINCT runtime_name(runtime) ORDER BY runtime_name(runtime)) FILTER (became = 'worked')) AS worked_under,
    coalesce(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (became = 'worked'), []) AS worked_names,
    coalesce(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (became = 'not told'), []) AS unclear_names,
    count(DISTINCT number) FILTER (NOT is_named) AS n_unassigned,
    coalesce(list(DISTINCT name ORDER BY name) FILTER (is_named AND became = 'failed'), []) AS failed_names,
    coalesce(list(DISTINCT name || ' (' || release || ')' ORDER BY name || ' (' || release || ')') FILTER (became = 'there'), []) AS there_names,
    coalesce(list(DISTINCT seen ORDER BY seen) FILTER (became = 'failed'), []) AS seen,
    coalesce(list(DISTINCT seen ORDER BY seen) FILTER (is_named AND became = 'failed'), []) AS named_seen
  FROM lacking_scope AS s
  JOIN (SELECT *, if(is_named, name, number::VARCHAR) AS spoken_name, coalesce(is_kernel, false) OR is_usual_runtime(runtime) AS is_meant FROM lacking) AS c ON s.entry = c.entry AND s.only_runtime IN ('', c.runtime)
  GROUP BY s.scope
) AS l
LEFT JOIN (
  SELECT s.scope, list(DISTINCT c.name ORDER BY c.name) AS names
  FROM lacking_scope AS s
  JOIN answered AS c ON s.entry = c.entry AND s.only_runtime IN ('', c.runtime) AND c.class = 'absent' AND NOT c.lacked
  GROUP BY s.scope
) AS e ON e.scope = l.scope;

-- [11] The third witness. 'none' for the numbers of other tables is not asked: only named calls can have a symbol.
CREATE OR REPLACE TABLE attested AS
SELECT c.*, s.symbol, symbols_agree(s.symbol, c.class) AS agreement
FROM classified AS c
JOIN symbol_state AS s ON s.run_id = c.run_id AND s.trial_id = c.trial_id AND s.number = c.number
WHERE c.is_named;

-- Calls that nothing but the kernel answered, in places without a filter: what a kernel offers.
CREATE OR REPLACE TABLE offered AS
SELECT c.*, c.kind = 'returned' AND c.errno = 38 AS lacks, s.symbol
FROM classified AS c
LEFT JOIN symbol_state AS s ON s.run_id = c.run_id AND s.trial_id = c.trial_id AND s.number = c.number
WHERE c.is_named AND c.is_kernel AND c.variant NOT LIKE '%ia32=%' AND c.kind <> 'skipped' AND (c.engine = '' OR c.variant LIKE '%seccomp=unconfined%');

-- [7] The named calls that are newer than a kernel, on it and on a later one of the same run, under the same userland.
CREATE OR REPLACE VIEW across AS
SELECT DISTINCT o.name, o.number, o.since, o.kernel AS old_kernel, o.release AS old_release, n.kernel AS new_kernel, n.release AS new_release,
  o.trial_id, o.lacks AS fails_on_old, NOT n.lacks AS works_on_new, n.lacks AND coalesce(n.symbol, '') IN ('weak', 'none') AS left_out
FROM offered AS o
JOIN offered AS n ON n.run_id = o.run_id AND n.userland = o.userland AND n.number = o.number AND version_order(n.release) > version_order(o.release)
WHERE o.since IS NOT NULL AND o.engine = '' AND n.engine = ''
  AND version_order(o.since) > version_order(o.release) AND version_order(o.since) <= version_order(n.release);

-- [7] Kernels in the order of their releases, and what each answered where the one before it had another answer.
CREATE OR REPLACE VIEW kernel_step AS
SELECT *, lag(lacks) OVER one_call AS lacked_before, lag(release) OVER one_call AS release_before
FROM (
  SELECT run_id, number, name, since, release, string_agg(DISTINCT kernel, ', ' ORDER BY kernel) AS kernel, bool_and(lacks) AS lacks
  FROM offered
  WHERE engine = ''
  GROUP BY run_id, number, name, since, release
)
WINDOW one_call AS (PARTITION BY run_id, number ORDER BY version_order(release), release);

-- As short a name for each kernel as tells it from the others.
CREATE OR REPLACE VIEW kernel_shown AS
SELECT run_id, release, 'Linux ' || CASE
  WHEN count(*) OVER (PARTITION BY run_id, version_order(release)) = 1 THEN regexp_extract(release, '^\d+\.\d+')
  WHEN count(*) OVER (PARTITION BY run_id, regexp_extract(release, '^[\d.]+')) = 1 THEN regexp_extract(release, '^[\d.]+')
  ELSE release
END AS shown
FROM (SELECT DISTINCT run_id, release FROM kernel_step);

-- Calls that some kernel of the run has and some has not, by the Linux that brought them, for the figure.
CREATE OR REPLACE VIEW kernel_group AS
SELECT
  s.run_id, s.since, coalesce(version_order(s.since), 0) AS since_order, s.release, k.shown,
  list(s.name ORDER BY s.number) AS names,
  coalesce(list(s.name ORDER BY s.number) FILTER (NOT s.lacks), []) AS there,
  coalesce(list(s.name ORDER BY s.number) FILTER (s.lacks), []) AS lacking,
  count_if(coalesce(s.lacked_before, false) AND NOT s.lacks) AS new_here,
  coalesce(version_order(s.since), 0) <= version_order(s.release) AS due
FROM kernel_step AS s
JOIN kernel_shown AS k ON k.run_id = s.run_id AND k.release = s.release
JOIN (SELECT run_id, number FROM kernel_step GROUP BY ALL HAVING bool_or(lacks) AND NOT bool_and(lacks)) AS c ON c.run_id = s.run_id AND c.number = s.number
GROUP BY ALL;

CREATE OR REPLACE VIEW spoken_steps AS
SELECT string_agg(' New on ' || kernel || ' (' || release || '), which ' || release_before || ' lacks: ' || spoken(names) || '.', '' ORDER BY version_order(release), release, kernel) AS said
FROM (
  SELECT kernel, release, release_before,
    list(name || CASE
      WHEN since IS NULL THEN ' (older, by the table)'
      WHEN version_order(since) <= version_order(release_before) OR version_order(since) > version_order(release) THEN ' (Linux ' || since || ', by the table)'
      ELSE ''
    END ORDER BY number) AS names
  FROM kernel_step
  WHERE lacked_before AND NOT lacks
  GROUP BY ALL
);

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
  WHERE b.run_id = c.run_id AND b.host_id = c.host_id AND b.engine = c.engine AND b.runtime = c.runtime AND b.variant = c.variant AND b.number = 4000 AND b.userland <> c.userland)
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
    SELECT driven_by AS runtime, seen, spoken(list(DISTINCT need ORDER BY need)) AS needs
    FROM asked
    JOIN driven USING (engine, runtime)
    WHERE engine <> '' AND variant = '' AND seen <> 'success'
    GROUP BY ALL
  )
  GROUP BY runtime
);

-- [9] The second witness: the container's filter program, read from outside and evaluated by the harness with the sweep's arguments.
CREATE OR REPLACE TABLE filter_answer AS
SELECT run_id, trial_id, entry, subject AS answer, unnest(range(first, last + 1))::INTEGER AS number
FROM (
  SELECT run_id, trial_id, entry, subject, TRY_CAST(split_part(part, '-', 1) AS INTEGER) AS first, TRY_CAST(coalesce(nullif(split_part(part, '-', 2), ''), part) AS INTEGER) AS last
  FROM (
    SELECT run_id, trial_id, subject, if(metric = 'filter', 'native', metric[8:]) AS entry, unnest(string_split(text, ' ')) AS part
    FROM reading
    WHERE experiment = 'syscall-surface' AND text <> '' AND NOT warmup AND outcome = 'ok'
      AND (probe, metric) IN (('syscalls', 'filter'), ('syscalls-i386', 'filter_i386'), ('syscalls-x32', 'filter_x32'))
  )
);

CREATE OR REPLACE TABLE witnessed AS
SELECT
  c.*, f.answer, q.number IS NOT NULL AS conditional, if(c.entry = 'native', '', c.entry || ' ') || if(c.is_named, c.name, c.number::VARCHAR) AS spoken_name,
  CASE
    WHEN c.kind = 'skipped' THEN 'not called'
    WHEN c.name IN ('uretprobe', 'uprobe') AND c.class = 'implemented' THEN 'exempt'   -- the kernel asks no filter for these
    WHEN f.answer IN ('allow', 'log') THEN if(c.class IN ('filter', 'killed'), 'disagrees', 'agrees')
    WHEN f.answer = 'errno=' || c.errno AND c.kind = 'returned' THEN if(c.class IN ('filter', 'absent', 'unassigned'), 'agrees', 'same errno')
    WHEN f.answer IN ('kill_process', 'kill_thread', 'trap') AND c.class = 'killed' THEN 'agrees'
    ELSE 'disagrees'
  END AS agreement
FROM answered AS c
JOIN filter_answer AS f ON f.run_id = c.run_id AND f.trial_id = c.trial_id AND f.entry = c.entry AND f.number = c.number AND f.answer <> 'conditional'
LEFT JOIN filter_answer AS q ON q.run_id = c.run_id AND q.trial_id = c.trial_id AND q.entry = c.entry AND q.number = c.number AND q.answer = 'conditional';

-- [10] Where the other entries are, and what getpid answered where they are not.
CREATE OR REPLACE VIEW entry_trial AS
SELECT
  t.trial_id, t.host_id, t.cell, t.block, t.repetition, t.probe, x.release,
  replace(replace(x.entry_answer, 'getpid: returned -38', 'getpid: ENOSYS'), 'getpid: signal 11', 'getpid: SIGSEGV') AS entry_answer
FROM trial AS t
JOIN context AS x ON x.run_id = t.run_id AND x.trial_id = t.trial_id
WHERE t.experiment = 'syscall-surface' AND t.probe IN ('syscalls-i386', 'syscalls-x32') AND NOT t.warmup AND t.outcome = 'ok';

-- [10] What a filter lets through by one entry and not by the processor's own, under the engine's defaults.
CREATE OR REPLACE VIEW gap AS
SELECT o.entry, o.driven_by AS runtime, list(DISTINCT o.name ORDER BY o.name) AS names
FROM answered AS n
JOIN answered AS o ON o.run_id = n.run_id AND o.host_id = n.host_id AND o.cell = n.cell AND o.block = n.block AND o.repetition = n.repetition
  AND o.name = n.name AND o.entry <> 'native'
WHERE n.entry = 'native' AND n.is_named AND n.engine <> '' AND n.variant = '' AND n.class IN ('filter', 'killed')
  AND o.class NOT IN ('filter', 'killed', 'absent', 'skipped', 'undecided')
GROUP BY ALL;

CREATE OR REPLACE VIEW spoken_symbols AS
SELECT name || ' (symbol: ' || symbol || '; ' || if(class IN ('absent', 'unassigned'), 'ENOSYS', seen) || ' on ' || spoken(list(DISTINCT release ORDER BY release)) || ')' AS said
FROM attested
WHERE agreement = 'disagrees'
GROUP BY name, symbol, if(class IN ('absent', 'unassigned'), 'ENOSYS', seen);

CREATE OR REPLACE VIEW judged AS
SELECT
  'C5' AS claim, s.scope,
  CASE
    WHEN coalesce(l.n, 0) = 0 THEN 'not tested'
    WHEN l.worked_linux > 0 OR l.worked > 0 AND s.only_runtime <> '' THEN 'refuted'
    WHEN l.unclear > 0 OR l.failed_names = [] THEN 'inconclusive'
    WHEN l.worked > 0 THEN 'qualified'
    ELSE 'supported'
  END AS verdict,
  headline(CASE
    WHEN coalesce(l.n, 0) = 0 AND s.entry = 'native' THEN 'Not measured: no sweep of calls was judged'
    WHEN coalesce(l.n, 0) = 0 THEN 'Not measured: no kernel that was called has the ' || s.entry || ' entry'
    WHEN l.worked > 0 AND (l.worked_linux > 0 OR s.only_runtime <> '') THEN
      'No failure for ' || few(l.worked_names, if(len(l.worked_names) = 1, 'call', 'calls')) || ' that the kernel lacks'
    WHEN l.failed_names = [] THEN 'Open: no call in the sweep is newer than the kernel; ' || counted(l.n_unassigned, 'unassigned number', 'unassigned numbers') || ' failed'
    WHEN l.unclear > 0 THEN 'Open for ' || few(l.unclear_names, if(len(l.unclear_names) = 1, 'call', 'calls')) || '; ' || counted(len(l.failed_names), 'newer call', 'newer calls') || ' failed with ' || few(l.named_seen, 'answers')
    ELSE
      counted(len(l.failed_names), 'call', 'calls') || ' newer than the kernel and ' || counted(l.n_unassigned, 'unassigned number', 'unassigned numbers') || ' failed with '
      || few(list_sort(list_distinct(list_concat(l.named_seen, l.seen))), 'different answers') || if(l.worked > 0, '; under ' || l.worked_under || ' some did not', '')
  END) AS headline,
  CASE
    WHEN coalesce(l.n, 0) = 0 AND s.entry = 'native' THEN 'No sweep was judged.'
    WHEN coalesce(l.n, 0) = 0 THEN 'No cell has this entry' || coalesce(': ' || w.said, '') || '.'
    WHEN l.worked > 0 THEN if(s.entry = 'native', 'Requests', 'Through this entry, requests') || ' for what the kernel lacks did not fail for ' || spoken(l.worked_names) || '.'
    WHEN l.failed_names = [] THEN
      'In ' || counted(l.cells, 'cell', 'cells') || ', ' || counted(l.n_unassigned, 'unassigned number', 'unassigned numbers') || ' failed with ' || spoken(l.seen)
      || '. That says nothing about what programs need: no call in the sweep is newer than the kernel.'
    ELSE
      'In ' || counted(l.named_cells, 'cell', 'cells') || ', ' || counted(len(l.failed_names), 'call', 'calls') || ' newer than the kernel failed'
      || if(s.entry = 'native', '', ' through this entry') || ' with ' || spoken(l.named_seen) || ': ' || spoken(l.failed_names) || '. '
      || counted(l.n_unassigned, 'unassigned number', 'unassigned numbers') || ' failed too, in ' || counted(l.cells, 'cell', 'cells') || '.'
  END
  || if(l.unclear > 0, ' Unknown for ' || spoken(l.unclear_names) || '.', '')
  || if(len(l.there_names) > 0, ' Newer than the kernel by the table, but answered as on a kernel that has them: ' || spoken(l.there_names) || '.', '')
  || if(len(l.enosys) > 0, ' Not counted: ' || counted(len(l.enosys), 'call', 'calls') || ' answered ENOSYS, and nothing else says that the kernel lacks them ('
    || spoken(l.enosys) || ').', '')
  || CASE WHEN s.entry <> 'native' AND l.n > 0 THEN coalesce(' The entry does not work everywhere: ' || w.said || '.', '') ELSE '' END
  || CASE WHEN s.entry <> 'native' THEN coalesce(g.said, '') ELSE '' END
  || coalesce(d.said, '') AS summary
FROM lacking_scope AS s
LEFT JOIN lacking_found AS l ON l.scope = s.scope
LEFT JOIN spoken_denied AS d ON d.scope = s.scope
LEFT JOIN (
  SELECT entry, string_agg(said || ' in ' || counted(n, 'cell', 'cells'), ', ' ORDER BY n DESC, said) AS said
  FROM (SELECT probe[10:] AS entry, entry_answer AS said, count(DISTINCT cell) AS n FROM entry_trial WHERE entry_answer <> 'works' GROUP BY ALL)
  GROUP BY entry
) AS w ON w.entry = s.entry
LEFT JOIN (
  SELECT entry, string_agg(' Under ' || runtime || ' with the engine''s defaults, the filter refuses through the main entry but not through this one: ' || spoken(names) || '.', '' ORDER BY runtime) AS said
  FROM gap
  GROUP BY entry
) AS g ON g.entry = s.entry
UNION ALL
SELECT
  'C5', 'part=kernels',
  CASE
    WHEN count(*) = 0 OR count_if(fails_on_old AND works_on_new) = 0 THEN 'not tested'
    WHEN count_if(NOT fails_on_old) > 0 OR count_if(nowhere) > 0 THEN 'inconclusive'
    ELSE 'supported'
  END,
  headline(CASE
    WHEN count(*) = 0 OR count_if(fails_on_old AND works_on_new) = 0 THEN 'Not measured: needs two kernels, one older than a call and one not'
    ELSE if(count_if(NOT fails_on_old) > 0 OR count_if(nowhere) > 0, 'Open: ', '') || counted(count(DISTINCT name) FILTER (fails_on_old AND works_on_new), 'call', 'calls')
      || ' failed with ENOSYS on the older kernel and worked on a later one'
      || if(count_if(NOT fails_on_old) > 0 OR count_if(nowhere) > 0, '; '
        || count(DISTINCT name) FILTER (NOT fails_on_old OR nowhere) || ' did not', '')
  END),
  CASE
    WHEN count(*) = 0 OR count_if(fails_on_old AND works_on_new) = 0 THEN 'This needs two kernels with one userland, one older than a call and one not; this run called '
      || (SELECT counted(count(DISTINCT release), 'kernel', 'kernels') FROM offered WHERE engine = '') || '.'
    ELSE counted(len(list(DISTINCT name) FILTER (fails_on_old AND works_on_new)), 'call', 'calls') || ' returned ENOSYS on a kernel older than the call and did not on a later one: '
      || spoken(list(DISTINCT name ORDER BY name) FILTER (fails_on_old AND works_on_new)) || '.'
      || if(count_if(NOT fails_on_old) > 0, ' On a kernel older than they are, these did not return ENOSYS: '
        || spoken(list(DISTINCT name || ' (' || old_release || ')' ORDER BY name || ' (' || old_release || ')') FILTER (NOT fails_on_old)) || '.', '')
      || if(count_if(NOT works_on_new AND NOT left_out) > 0, ' On a kernel that should have them, these returned ENOSYS: '
        || spoken(list(DISTINCT name || ' (' || new_release || ')' ORDER BY name || ' (' || new_release || ')') FILTER (NOT works_on_new AND NOT left_out)) || '.', '')
      || if(count_if(left_out) > 0, ' Excluded from a later kernel''s build, by its own symbols: '
        || spoken(list(DISTINCT name || ' (' || new_release || ')' ORDER BY name || ' (' || new_release || ')') FILTER (left_out)) || '.', '')
      || coalesce((SELECT said FROM spoken_steps), '')
  END
FROM (SELECT *, NOT bool_or(works_on_new OR left_out) OVER (PARTITION BY name) AS nowhere FROM across)
UNION ALL
SELECT
  'C5', 'part=programs',
  CASE WHEN count(*) = 0 THEN 'not tested' WHEN count_if(kind IN ('signal', 'blocked')) > 0 THEN 'refuted' WHEN count_if(kind <> 'returned') > 0 THEN 'inconclusive' ELSE 'supported' END,
  headline(CASE
    WHEN count(*) = 0 THEN 'Not measured: no need of programs was requested'
    WHEN count_if(kind IN ('signal', 'blocked')) > 0 THEN
      count(DISTINCT need) FILTER (kind IN ('signal', 'blocked')) || ' of ' || counted(count(DISTINCT need), 'need', 'needs') || ' of programs did not simply fail: '
      || few(list(DISTINCT need ORDER BY need) FILTER (kind IN ('signal', 'blocked')), 'needs')
    WHEN count_if(kind <> 'returned') > 0 THEN 'Open: no answer for ' || count(DISTINCT need) FILTER (kind <> 'returned') || ' of ' || counted(count(DISTINCT need), 'need', 'needs') || ' of programs'
    ELSE counted(count(DISTINCT need), 'need', 'needs') || ' of programs met or answered with an error, in ' || counted(count(DISTINCT cell), 'setting', 'settings')
  END),
  CASE
    WHEN count(*) = 0 THEN 'No need of programs was requested.'
    WHEN count_if(kind IN ('signal', 'blocked')) > 0 THEN 'Some requests did not simply fail: ' || spoken(list(DISTINCT need || ' (' || seen || ')' ORDER BY need || ' (' || seen || ')') FILTER (kind IN ('signal', 'blocked'))) || '.'
    ELSE 'Each of ' || count(DISTINCT need) || ' needs of programs was met or answered with an error, in ' || counted(count(DISTINCT cell), 'cell', 'cells') || '.'
  END || coalesce((SELECT said FROM spoken_asked), '')
FROM asked;

-- Whether the method holds, which says nothing of the claim: [9] filter-witness, [11] kernel-symbols, [6] userland-answers.
CREATE OR REPLACE VIEW method_check AS
SELECT
  'filter-witness' AS name,
  CASE WHEN count(*) = 0 THEN 'not checked' WHEN count_if(agreement = 'disagrees') > 0 THEN 'no' ELSE 'yes' END AS holds,
  CASE
    WHEN count(*) = 0 THEN 'No container''s filter could be read from outside: that needs root on the host of the engine.'
    ELSE 'The difference between cells and the filter program itself '
      || if(count_if(agreement = 'disagrees') > 0, 'disagree on ' || spoken(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (agreement = 'disagrees')),
        'agree on every number of ' || counted(count(DISTINCT cell), 'cell', 'cells'))
      || if(count_if(agreement = 'same errno') > 0, '; where the filter answers like the kernel, only the program shows who answered: '
        || spoken(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (agreement = 'same errno')), '')
      || if(count_if(agreement = 'exempt' AND answer NOT IN ('allow', 'log')) > 0, '; exempt from every filter by the kernel: '
        || spoken(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (agreement = 'exempt')), '')
      || if(count_if(conditional) > 0, '; the filter checks arguments for ' || spoken(list(DISTINCT spoken_name ORDER BY spoken_name) FILTER (conditional)), '')
      || if(count_if(agreement = 'not called') > 0, '; not called: ' || spoken(list(DISTINCT spoken_name || ' (filter: ' || answer || ')' ORDER BY spoken_name || ' (filter: ' || answer || ')') FILTER (agreement = 'not called' AND variant = '' AND entry = 'native')), '')
      || '.'
  END AS summary,
  count(DISTINCT trial_id) AS trials
FROM witnessed
UNION ALL
SELECT
  'kernel-symbols' AS name,
  CASE WHEN count(*) FILTER (agreement IN ('agrees', 'disagrees')) = 0 THEN 'not checked' WHEN count_if(agreement = 'disagrees') > 0 THEN 'no' ELSE 'yes' END AS holds,
  CASE
    WHEN count(*) FILTER (agreement IN ('agrees', 'disagrees')) = 0 THEN 'No kernel''s symbol table could be read.'
    ELSE 'The answers of calls and the kernel''s own symbols '
      || if(count_if(agreement = 'disagrees') > 0,
        'disagree on ' || (SELECT spoken(list(said ORDER BY said)) FROM spoken_symbols)
        || '; they agree on all other calls of ' || counted(count(DISTINCT cell), 'cell', 'cells'),
        'agree on every call of ' || counted(count(DISTINCT cell), 'cell', 'cells'))
      || if(count_if(agreement = 'not told') > 0, '; not shown by the calls: ' || spoken(list(DISTINCT name ORDER BY name) FILTER (agreement = 'not told')), '')
      || '.'
  END AS summary,
  count(DISTINCT trial_id) AS trials
FROM attested
UNION ALL
SELECT
  'userland-answers' AS name,
  CASE WHEN p.trials = 0 THEN 'not checked' WHEN d.n > 0 THEN 'no' ELSE 'yes' END AS holds,
  CASE
    WHEN p.trials = 0 THEN 'This check needs two userlands under one runtime; this run has one.'
    WHEN d.n > 0 THEN 'Userlands under one runtime answered differently for ' || spoken(d.names) || '.'
    ELSE 'The userland does not matter: ' || p.userlands || ' userlands gave the same answer to every number, under the same runtime and settings.'
  END AS summary,
  p.trials
FROM userland_pair AS p, (SELECT count(*) AS n, list(DISTINCT if(name = '-', number::VARCHAR, name) ORDER BY if(name = '-', number::VARCHAR, name)) AS names FROM userland_difference) AS d;

-- The rows behind each verdict: what the kernel lacks by the table and what a program saw; under a runtime's scope also what was refused there
-- although the kernel has it. opened_by: capabilities that open the call. Behind a check of the method (claim: its name): what did not agree.
CREATE OR REPLACE TABLE evidence AS
SELECT
  'C5' AS claim, s.scope, c.host_id, c.cell, c.block, c.repetition, c.trial_id, coalesce(c.base_trial_id, '') AS base_trial_id,
  c.number, c.name, coalesce(c.since, '') AS since, c.class, c.seen, coalesce(array_to_string(o.capabilities, ' '), '') AS opened_by
FROM scoped AS s
JOIN classified AS c ON s.only_runtime IN ('', c.runtime)
LEFT JOIN opened AS o
  ON o.run_id = c.run_id AND o.host_id = c.host_id AND o.engine = c.engine AND o.runtime = c.runtime AND o.kernel = c.kernel AND o.number = c.number
  AND c.class = 'capability'
WHERE c.lacked AND c.kind <> 'skipped' OR s.scope <> '' AND c.class IN ('filter', 'capability', 'killed', 'blocked', 'undecided')
UNION ALL
SELECT 'filter-witness', '', host_id, cell, block, repetition, trial_id, coalesce(base_trial_id, ''), number, if(entry = 'native', '', entry || ' ') || name, coalesce(since, ''), class,
  seen || ' / filter: ' || answer || if(agreement = 'agrees', ' on its arguments', ', ' || agreement), ''
FROM witnessed
WHERE agreement IN ('disagrees', 'same errno') OR (agreement = 'exempt' AND answer NOT IN ('allow', 'log')) OR conditional
UNION ALL
SELECT 'kernel-symbols', '', host_id, cell, block, repetition, trial_id, coalesce(base_trial_id, ''), number, name, coalesce(since, ''), class,
  seen || ' / symbol: ' || symbol || ', ' || agreement, ''
FROM attested
WHERE agreement IN ('disagrees', 'not told')
UNION ALL
SELECT 'C5', 'entry=' || probe[10:], host_id, cell, block, repetition, trial_id, '', NULL, 'getpid', '', 'entry', entry_answer, ''
FROM entry_trial
UNION ALL
SELECT 'C5', 'entry=' || entry, host_id, cell, block, repetition, trial_id, coalesce(base_trial_id, ''), number, name, coalesce(since, ''), class, seen, ''
FROM answered
WHERE entry <> 'native' AND lacked AND kind <> 'skipped'
UNION ALL
SELECT 'C5', 'part=programs', host_id, cell, block, repetition, trial_id, '', NULL, need, '', kind, seen, ''
FROM asked
UNION ALL
SELECT 'userland-answers', '', '', cell, 0, 0, trial_id, '', number, name, '', other_cell, seen || ' / ' || other_seen, ''
FROM userland_difference
UNION ALL
SELECT DISTINCT 'C5', 'part=kernels', '', old_kernel || ' / ' || new_kernel, 0, 0, trial_id, '', number, name, since,
  old_release || ' / ' || new_release, if(fails_on_old, 'ENOSYS', 'there') || ' / ' || CASE WHEN works_on_new THEN 'there' WHEN left_out THEN 'ENOSYS, excluded from the build' ELSE 'ENOSYS' END, ''
FROM across
ORDER BY ALL;

-- trials: those that the evidence names.
CREATE OR REPLACE VIEW verdict AS
SELECT
  j.claim, j.scope, if(j.verdict <> 'not tested' AND b.basis = 'synthetic', 'inconclusive', j.verdict) AS verdict, b.basis,
  if(j.verdict <> 'not tested' AND b.basis = 'synthetic', headline('Open: only synthetic stand-ins were measured'), j.headline) AS headline,
  if(b.basis = 'synthetic', 'Only synthetic stand-ins were measured, which cannot decide the claim. ', '') || j.summary AS summary, coalesce(e.trials, 0) AS trials
FROM judged AS j
CROSS JOIN (SELECT basis_of('syscall-surface') AS basis) AS b
LEFT JOIN (SELECT claim, scope, count(DISTINCT trial_id) AS trials FROM evidence GROUP BY ALL) AS e ON e.claim = j.claim AND e.scope = j.scope
ORDER BY j.claim, j.scope;

-- [12] Where two engines' defaults answer one call differently under one runtime: the filters, and what capabilities and kernels add to them.
CREATE OR REPLACE VIEW engines_differ AS
SELECT a.name, a.number, a.runtime, a.engine AS one, b.engine AS other, a.seen || ', ' || a.class AS one_seen, b.seen || ', ' || b.class AS other_seen
FROM classified AS a
JOIN classified AS b
  ON b.run_id = a.run_id AND b.host_id = a.host_id AND b.number = a.number AND b.runtime = a.runtime AND b.userland = a.userland AND b.kernel = a.kernel
  AND b.variant = a.variant AND b.engine > a.engine AND b.first_of_cell
WHERE a.first_of_cell AND a.engine <> '' AND a.variant = '' AND a.is_named AND a.userland = 'busybox:static' AND (a.seen <> b.seen OR a.class <> b.class);
