-- Claim C2: "Distributions share (almost) the same kernel and differ in userland."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials): the claim, and one row a part of it
--      not_counted (claim, reason, remedy, what, trial_id): measured trials that say nothing of it
--      evidence (claim, scope, trial_id, …): one row a reading of a kernel, and one a pair of userlands and thing compared
--      and for figures userland_label, common, kernel_pair, kernel_matter.
-- What stands between is tables, computed once: as views in views they would be computed again at each mention.

-- Names, or that none was read; a share, never rounded up to whole.
CREATE OR REPLACE MACRO read_as(names) AS if(names IS NULL, 'not read', spoken(names));
CREATE OR REPLACE MACRO percent(share) AS format('{:.1f}', floor(share * 1000) / 10) || ' %';
CREATE OR REPLACE MACRO shares(least, most) AS if(percent(least) = percent(most), percent(most), replace(percent(least), ' %', '') || '–' || percent(most));

-- The share from which on two userlands are too alike to be called different [3].
CREATE OR REPLACE MACRO too_alike() AS 0.95;

-- The share of options from which on two kernels are almost the same [4].
CREATE OR REPLACE MACRO almost() AS 0.95;

-- What each trial read, one column a fact. NULL: not read. Synthetic stand-ins are no distributions: they are read where there is nothing else, and decide nothing.
CREATE OR REPLACE TEMP TABLE told AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.cell, t.block, t.userland, t.image_digest, t.synthetic, t.runtime, t.probe, t.outcome, t.detail,
  if(t.engine = '', t.runtime, t.engine || '/' || t.runtime) AS driven_by,
  fact.* EXCLUDE (run_id, trial_id)
FROM trial AS t
LEFT JOIN (
  SELECT
    run_id, trial_id,
    max(text) FILTER (metric = 'release' AND subject = '') AS release,
    max(text) FILTER (metric = 'version' AND subject = '') AS version,
    max(text) FILTER (metric = 'os_id') AS os_id,
    max(text) FILTER (metric = 'os_version_id') AS os_version_id,
    max(text) FILTER (metric = 'os_pretty_name') AS os_pretty_name,
    max(text) FILTER (metric = 'libc') AS libc,
    max(text) FILTER (metric = 'libc_version') AS libc_version,
    max(text) FILTER (metric = 'shell') AS shell,
    max(text) FILTER (metric = 'tools') AS tools,
    max(text) FILTER (metric = 'tools_version') AS tools_version,
    max(text) FILTER (metric = 'package_manager') AS package_manager,
    max(text) FILTER (metric = 'unavailable' AND subject = 'filesystem') AS not_listed
  FROM observation
  GROUP BY ALL
) AS fact ON fact.run_id = t.run_id AND fact.trial_id = t.trial_id
WHERE t.experiment = 'userland-identity' AND NOT t.warmup AND t.kernel = 'host' AND (NOT t.synthetic OR basis_of('userland-identity') = 'synthetic');

-- [1] [2] One row a container's reading of its kernel. same: as the host of the same run; NULL where either could not be read.
CREATE OR REPLACE TEMP TABLE kernel_reading AS
SELECT
  c.*, c.release || ' (' || c.version || ')' AS kernel, h.trial_id AS host_trial_id, h.release AS host_release,
  h.release || ' (' || h.version || ')' AS host_kernel,
  c.release = h.release AND c.version = h.version AS same
FROM told AS c
LEFT JOIN (
  SELECT DISTINCT ON (run_id, host_id) *
  FROM told
  WHERE kind_of(runtime) = 'process' AND probe = 'kernel' AND outcome = 'ok'
  ORDER BY run_id, host_id, block, trial_id
) AS h ON h.run_id = c.run_id AND h.host_id = c.host_id
WHERE kind_of(c.runtime) <> 'process' AND c.probe = 'kernel' AND c.outcome = 'ok' AND c.release IS NOT NULL AND c.version IS NOT NULL;

-- One row a runtime that a trial names.
CREATE OR REPLACE TEMP TABLE kernel_part AS
SELECT
  r.runtime, r.driven_by,
  coalesce(k.trials, 0) AS trials, coalesce(k.userlands, 0) AS userlands, coalesce(k.kernels, 0) AS kernels, coalesce(k.others, 0) AS others,
  coalesce(k.unknown, 0) AS unknown, k.releases, k.host_releases, k.odd,
  CASE
    WHEN is_default_runtime(r.runtime) AND k.others > 0 THEN 'refuted'
    WHEN NOT is_default_runtime(r.runtime) AND k.kernels > 1 THEN 'refuted'
    WHEN coalesce(k.userlands, 0) < 2 THEN 'not tested'
    WHEN is_default_runtime(r.runtime) AND k.unknown > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict
FROM (SELECT runtime, min(driven_by) AS driven_by FROM told WHERE kind_of(runtime) <> 'process' GROUP BY runtime UNION ALL SELECT default_runtime(), default_runtime() WHERE default_runtime() NOT IN (SELECT runtime FROM told)) AS r
LEFT JOIN (
  SELECT
    runtime, count(*) AS trials, count(DISTINCT userland) AS userlands,
    -- Hosts have kernels of their own: several of these are no contradiction.
    max(kernels) AS kernels, count_if(NOT same) AS others, count_if(same IS NULL) AS unknown,
    spoken(list(DISTINCT one_line(release) ORDER BY one_line(release))) AS releases,
    spoken(list(DISTINCT one_line(host_release) ORDER BY one_line(host_release)) FILTER (host_release IS NOT NULL)) AS host_releases,
    spoken(list(DISTINCT userland ORDER BY userland) FILTER (NOT same)) AS odd
  FROM (SELECT *, count(DISTINCT kernel) OVER (PARTITION BY run_id, host_id, runtime) AS kernels FROM kernel_reading)
  GROUP BY runtime
) AS k ON k.runtime = r.runtime;

-- One row a userland and image. identity: whom it says it is. listed: whether its files are known.
CREATE OR REPLACE TEMP TABLE userland_label AS
SELECT
  *,
  row_number() OVER (ORDER BY userland, image) AS nr,
  userland || if(count(*) OVER (PARTITION BY userland) > 1, ' ' || left(image, 8), '') || if(synthetic, ' (stand-in)', '') AS label,
  if(os_id IS NULL, userland, trim(os_id || ' ' || coalesce(os_version_id, ''))) AS identity,
  image IN (SELECT image FROM listed_image) AS listed
FROM (
  SELECT
    userland, regexp_replace(image_digest, '^.*:', '') AS image, synthetic,
    coalesce(min(trial_id) FILTER (probe = 'userland'), min(trial_id)) AS trial_id,
    max(os_id) AS os_id, max(os_version_id) AS os_version_id, max(os_pretty_name) AS os_pretty_name,
    max(trim(libc || ' ' || coalesce(libc_version, ''))) AS libc, max(shell) AS shell,
    max(trim(tools || ' ' || coalesce(tools_version, ''))) AS tools,
    max(package_manager) AS package_manager, max(not_listed) AS not_listed
  FROM told
  WHERE kind_of(runtime) <> 'process' AND image_digest <> '' AND outcome NOT IN ('broken', 'unavailable')
  GROUP BY ALL
);

-- The names that carry content. A file that was not hashed agrees with no other; names spelt alike count as one.
CREATE OR REPLACE TEMP TABLE held AS
SELECT
  u.nr, f.path,
  max(CASE WHEN f.type = 'symlink' THEN 'to ' || f.target WHEN f.sha256 = '' THEN 'unread in ' || f.image ELSE f.sha256 END) AS content
FROM image_file AS f
JOIN userland_label AS u ON u.image = f.image
WHERE f.type IN ('file', 'hardlink', 'symlink')
GROUP BY u.nr, f.path;

-- Who holds what together: names with the same holders are counted in one go, since there are far fewer groups of holders than names.
CREATE OR REPLACE TEMP TABLE together AS
SELECT what, who, count(*) AS n
FROM (
  SELECT 'path' AS what, list(nr ORDER BY nr) AS who FROM held GROUP BY path
  UNION ALL
  SELECT 'content', list(nr ORDER BY nr) FROM held GROUP BY path, content
)
GROUP BY what, who;

-- One row a pair a ≤ b of listed userlands: how many names they have in common, by path and by path and content, and the share: what is
-- common of all that at least one of them has (Jaccard). A name with two contents is one name by path, and two by path and content.
CREATE OR REPLACE TEMP TABLE common AS
SELECT
  *,
  if(names_a + names_b = 0, 1, common_path / (names_a + names_b - common_path)) AS share_path,
  if(names_a + names_b = 0, 1, common_content / (names_a + names_b - common_content)) AS share_content
FROM (
  SELECT
    a.nr AS a, b.nr AS b, coalesce(na.n, 0) AS names_a, coalesce(nb.n, 0) AS names_b,
    coalesce(m.common_path, 0) AS common_path, coalesce(m.common_content, 0) AS common_content,
    a.identity <> b.identity AS different
  FROM userland_label AS a
  JOIN userland_label AS b ON a.nr <= b.nr AND a.listed AND b.listed
  LEFT JOIN (SELECT nr, count(*) AS n FROM held GROUP BY nr) AS na ON na.nr = a.nr
  LEFT JOIN (SELECT nr, count(*) AS n FROM held GROUP BY nr) AS nb ON nb.nr = b.nr
  LEFT JOIN (
    SELECT a, b, sum(n) FILTER (what = 'path')::BIGINT AS common_path, sum(n) FILTER (what = 'content')::BIGINT AS common_content
    FROM (SELECT what, n, a, unnest(list_filter(who, x -> x >= a)) AS b FROM (SELECT what, n, who, unnest(who) AS a FROM together))
    GROUP BY a, b
  ) AS m ON m.a = a.nr AND m.b = b.nr
);

CREATE OR REPLACE TEMP TABLE pair AS
SELECT c.*, ua.label AS label_a, ub.label AS label_b, ua.identity AS identity, ua.trial_id AS trial_id, ub.trial_id AS other_trial_id
FROM common AS c
JOIN userland_label AS ua ON ua.nr = c.a
JOIN userland_label AS ub ON ub.nr = c.b
WHERE c.a < c.b;

-- [3] What the pairs say together: one row.
CREATE OR REPLACE TEMP TABLE userland_part AS
SELECT
  p.*, s.*,
  CASE
    WHEN p.pairs = 0 THEN 'not tested'
    WHEN p.identical > 0 THEN 'refuted'
    WHEN p.alike > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict
FROM (
  SELECT
    count(*) AS pairs, count_if(share_content = 1) AS identical, count_if(share_content >= too_alike()) AS alike,
    arg_max(label_a || ' and ' || label_b, (share_content, -a, -b)) AS nearest, max(share_content) AS most,
    arg_max(share_path, (share_content, -a, -b)) AS nearest_path,
    arg_min(label_a || ' and ' || label_b, (share_content, a, b)) AS farthest, min(share_content) AS least
  FROM pair
  WHERE different
) AS p
CROSS JOIN (
  SELECT
    coalesce(count_if(listed), 0) AS listed,
    read_as(list(DISTINCT one_line(libc) ORDER BY one_line(libc)) FILTER (libc IS NOT NULL)) AS libcs,
    read_as(list(DISTINCT one_line(shell) ORDER BY one_line(shell)) FILTER (shell IS NOT NULL)) AS shells,
    read_as(list(DISTINCT one_line(package_manager) ORDER BY one_line(package_manager)) FILTER (package_manager IS NOT NULL)) AS package_managers,
    count(libc) AS told
  FROM userland_label
) AS s;

-- Pairs that say the same of themselves: shown, and decide nothing.
CREATE OR REPLACE TEMP TABLE same_name AS
SELECT count(*) AS n, string_agg(said, '; ' ORDER BY said) AS said
FROM (SELECT label_a || ' and ' || label_b || ', both ' || one_line(identity) || ', share ' || percent(share_content) AS said FROM pair WHERE NOT different ORDER BY said LIMIT 6);

-- Measured trials that say nothing of the claim.
CREATE OR REPLACE VIEW not_counted AS
SELECT 'C2' AS claim, 'release or build of its kernel was not read' AS reason, '' AS remedy, t.userland AS what, t.trial_id
FROM told AS t
ANTI JOIN kernel_reading AS k ON k.run_id = t.run_id AND k.trial_id = t.trial_id
WHERE kind_of(t.runtime) <> 'process' AND t.probe = 'kernel' AND t.outcome NOT IN ('unavailable', 'broken')
UNION ALL
SELECT 'C2', coalesce(without_name(t.not_listed), 'its files were not listed'), '', t.userland, t.trial_id
FROM told AS t
WHERE kind_of(t.runtime) <> 'process' AND t.outcome NOT IN ('unavailable', 'broken') AND t.userland NOT IN (SELECT userland FROM userland_label WHERE listed);

-- [4] How kernels are configured ----------------------------------------------------------------------------------------------

-- One row a kernel whose configuration is in the run and that said its release: the host's, and those that virtual machines booted.
CREATE OR REPLACE TEMP TABLE kernel_known AS
SELECT
  row_number() OVER (ORDER BY k.kernel <> 'host', r.number NULLS LAST, k.kernel, k.host_id) AS nr, k.kernel, k.host_id,
  k.kernel || if(k.kernel = 'host' AND count(*) OVER (PARTITION BY k.kernel) > 1, ' ' || k.host_id, '') AS name,
  r.release, r.trial_id
FROM (SELECT DISTINCT kernel, host_id FROM kernel_option) AS k
JOIN (
  SELECT
    kernel, if(kernel = 'host', host_id, '') AS host_id, min(trial_id) AS trial_id, arg_min(text, trial_id) AS release,
    arg_min(version_order(text), trial_id) AS number
  FROM reading
  WHERE experiment = 'userland-identity' AND NOT warmup AND probe = 'kernel' AND outcome = 'ok' AND metric = 'release' AND subject = ''
    AND (kind_of(runtime) = 'process' OR kind_of(runtime) = 'vm' AND kernel <> 'host')
  GROUP BY ALL
) AS r ON r.kernel = k.kernel AND r.host_id = k.host_id;

CREATE OR REPLACE TEMP TABLE kernel_set AS
SELECT n.nr, o.option, o.value
FROM kernel_option AS o
JOIN kernel_known AS n ON n.kernel = o.kernel AND n.host_id = o.host_id;

-- One row a pair a < b. known: options that both name; same: of these, those with equal values; offered: the same if a module counts as built in;
-- named: options that at least one of the two names.
CREATE OR REPLACE TEMP TABLE kernel_pair AS
SELECT
  p.*, a.name AS name_a, b.name AS name_b, a.trial_id, b.trial_id AS other_trial_id, n_a + n_b - known AS named,
  same / known AS share_known, offered / known AS share_offered, same / (n_a + n_b - known) AS share_named
FROM (
  SELECT
    x.nr AS a, y.nr AS b, count(*) AS known, count_if(x.value = y.value) AS same,
    count_if(x.value = y.value OR x.value IN ('y', 'm') AND y.value IN ('y', 'm')) AS offered,
    (SELECT count(*) FROM kernel_set AS s WHERE s.nr = x.nr) AS n_a, (SELECT count(*) FROM kernel_set AS s WHERE s.nr = y.nr) AS n_b
  FROM kernel_set AS x
  JOIN kernel_set AS y ON y.option = x.option AND y.nr > x.nr
  GROUP BY x.nr, y.nr
) AS p
JOIN kernel_known AS a ON a.nr = p.a
JOIN kernel_known AS b ON b.nr = p.b;

-- What containers, sandboxes and old programs ask of a kernel. value: not named where a kernel's configuration does not name it.
CREATE OR REPLACE TEMP TABLE kernel_matter AS
SELECT m.option, m.place, n.nr, n.name, n.release, n.trial_id, coalesce(s.value, 'not named') AS value
FROM (
  SELECT unnest(names) AS option, generate_subscripts(names, 1) AS place
  FROM (SELECT [
    'LEGACY_VSYSCALL_NATIVE', 'LEGACY_VSYSCALL_EMULATE', 'LEGACY_VSYSCALL_XONLY', 'LEGACY_VSYSCALL_NONE', 'IA32_EMULATION', 'X86_X32_ABI', 'BINFMT_MISC',
    'NAMESPACES', 'USER_NS', 'TIME_NS', 'SECCOMP_FILTER', 'CGROUP_PIDS', 'MEMCG', 'OVERLAY_FS', 'IO_URING', 'BPF_SYSCALL', 'USERFAULTFD',
    'SECURITY_APPARMOR', 'SECURITY_SELINUX', 'SECURITY_LANDLOCK'] AS names)
) AS m
CROSS JOIN kernel_known AS n
LEFT JOIN kernel_set AS s ON s.nr = n.nr AND s.option = m.option;

CREATE OR REPLACE TEMP TABLE kernels_part AS
SELECT
  k.*, p.*, m.*,
  CASE
    WHEN k.kernels < 2 THEN 'not tested'
    WHEN p.least < almost() THEN 'refuted'
    WHEN p.least_named >= almost() AND m.differing = 0 THEN 'supported'
    ELSE 'inconclusive'
  END AS verdict
FROM (SELECT count(*) AS kernels, spoken(list(name || ' ' || one_line(release) ORDER BY nr)) AS names FROM kernel_known) AS k
CROSS JOIN (
  SELECT
    count(*) AS pairs, count_if(share_known < almost()) AS apart, min(share_known) AS least, max(share_known) AS most,
    arg_min(name_a || ' and ' || name_b, (share_known, a, b)) AS farthest, arg_max(name_a || ' and ' || name_b, (share_known, -a, -b)) AS nearest,
    arg_min(share_offered, (share_known, a, b)) AS farthest_offered, min(share_named) AS least_named, max(share_named) AS most_named
  FROM kernel_pair
) AS p
CROSS JOIN (
  SELECT count(*) AS asked, count_if(n > 1) AS differing, spoken(list(option || ' (' || said || ')' ORDER BY place) FILTER (n > 1)) AS said
  FROM (
    SELECT option, place, count(*) AS n, string_agg(value || ' in ' || kernels, ', ' ORDER BY kernels DESC, value) AS said
    FROM (SELECT option, place, value, count(*) AS kernels FROM kernel_matter GROUP BY ALL)
    GROUP BY ALL
  )
) AS m;

-- short: what the claim's own row repeats; rest: what only the part's row says; in_brief: what the claim's own headline says of it.
CREATE OR REPLACE TEMP TABLE part AS
-- [1] [2]
SELECT
  if(is_default_runtime(runtime), 'part=kernel', 'part=kernel;runtime=' || runtime) AS scope, verdict,
  CASE
    WHEN verdict = 'not tested' THEN 'Not measured: the kernel was read in ' || counted(userlands, 'userland', 'userlands') || ', and two are needed'
    WHEN verdict = 'refuted' AND is_default_runtime(runtime) THEN 'Another kernel than the host''s in ' || others || ' of ' || counted(trials, 'container', 'containers')
    WHEN verdict = 'refuted' THEN counted(userlands, 'userland', 'userlands') || ' under ' || runtime_name(runtime) || ' reported ' || kernels || ' kernels'
    WHEN verdict = 'inconclusive' THEN 'Open: the host''s own kernel was not read; add the runtime host'
    ELSE counted(userlands, 'userland', 'userlands') || ' under ' || runtime_name(runtime) || ' report one kernel, '
      || CASE WHEN unknown > 0 THEN 'not compared with the host''s' WHEN others = 0 THEN 'the host''s' ELSE 'not the host''s' END || ' (' || brief(releases) || ')'
  END AS headline,
  if(verdict = 'supported', counted(userlands, 'userland', 'userlands') || ', one kernel', '') AS in_brief,
  CASE
    WHEN verdict = 'not tested' THEN
      'Under ' || driven_by || ', the kernel was read in ' || counted(userlands, 'userland', 'userlands') || ': at least two are needed.'
    WHEN verdict = 'refuted' AND is_default_runtime(runtime) THEN
      'Under ' || driven_by || ', ' || others || ' of ' || counted(trials, 'container', 'containers') || ' reported another kernel than the host''s '
      || host_releases || ': ' || odd || '.'
    WHEN verdict = 'refuted' THEN
      'Under ' || driven_by || ', ' || counted(userlands, 'userland', 'userlands') || ' reported ' || kernels || ' kernels: ' || releases || '.'
    WHEN verdict = 'inconclusive' THEN
      'Under ' || driven_by || ', ' || counted(userlands, 'userland', 'userlands') || ' reported the kernel ' || releases
      || ', but the host''s own was not read (add the runtime `host`).'
    ELSE
      'Under ' || driven_by || ', ' || counted(userlands, 'userland', 'userlands') || ' all reported one kernel, ' || releases || ', '
      || CASE WHEN unknown > 0 THEN 'which could not be compared with the host''s.'
              WHEN others = 0 THEN 'the host''s.'
              ELSE 'which is not the host''s ' || host_releases || '.' END
  END AS short,
  '' AS rest
FROM kernel_part
UNION ALL
-- [3]
SELECT
  'part=userland', verdict,
  CASE
    WHEN verdict = 'not tested' THEN 'Not measured: no files of two different userlands were listed (' || listed || ' listed)'
    WHEN verdict = 'refuted' THEN identical || ' of ' || counted(pairs, 'pair', 'pairs') || ' of different userlands hold the same files'
    ELSE if(verdict = 'inconclusive', 'Open: any', 'Any') || ' two userlands share ' || shares(least, most) || ' of their files (' || counted(pairs, 'pair', 'pairs') || ' of ' || listed || ' userlands)'
  END,
  if(verdict = 'supported', 'pairs share ' || shares(least, most) || ' of files', ''),
  CASE
    WHEN verdict = 'not tested' THEN
      'The files of ' || counted(listed, 'userland', 'userlands') || ' were listed, and no two of different distribution or version among them.'
    ELSE
      CASE verdict
        WHEN 'refuted' THEN 'Of ' || counted(pairs, 'pair', 'pairs') || ' of userlands that differ in distribution or version, ' || identical || ' ' || if(identical = 1, 'is', 'are')
          || ' identical in content. '
        WHEN 'inconclusive' THEN 'Of ' || counted(pairs, 'pair', 'pairs') || ' of userlands that differ in distribution or version, ' || alike || ' ' || if(alike = 1, 'shares', 'share')
          || ' at least ' || percent(too_alike()) || ' of the files. '
        ELSE 'Userlands that differ in distribution or version hold different files. '
      END
      || 'Of all files of two such userlands, between ' || percent(least) || ' (' || farthest || ') and ' || percent(most) || ' (' || nearest
      || '; ' || percent(nearest_path) || ' by path alone) are the same in path and content, over ' || counted(pairs, 'pair', 'pairs') || '.'
  END,
  if(told > 0, ' C libraries: ' || libcs || '; shells: ' || shells || '; package managers: ' || package_managers || '.', '')
  || coalesce((SELECT if(n > 0, ' Not counted: ' || said || '.', '') FROM same_name), '')
FROM userland_part
UNION ALL
-- [4]
SELECT
  'part=kernels', verdict,
  if(verdict = 'not tested', 'Not measured: needs the configurations of two kernels; add the runtime qemu',
    if(verdict = 'inconclusive', 'Open: ', '') || counted(kernels, 'kernel', 'kernels') || ' agree in ' || shares(least, most) || ' of the options both name (' || counted(pairs, 'pair', 'pairs') || ')'),
  if(verdict IN ('not tested', 'supported'), '', 'kernel options differ by up to ' || format('{:.0f}', ceil((1 - least) * 100)) || ' %'),
  if(verdict = 'not tested',
    'A comparison of kernels needs the configurations of at least two: this run has ' || counted(kernels, 'kernel''s', 'kernels''')
      || ' (add the runtime `qemu`).',
    'Of the configuration options that both of two kernels name, between ' || percent(least) || ' (' || farthest || ') and ' || percent(most) || ' (' || nearest
      || ') have equal values, over ' || counted(pairs, 'pair', 'pairs') || ' of ' || counted(kernels, 'kernel', 'kernels')
      || if(apart > 0, '; ' || apart || if(apart = 1, ' is', ' are') || ' below ' || percent(almost()), '') || '.'),
  if(verdict = 'not tested', '',
    ' Of all options that at least one of the two names, between ' || percent(least_named) || ' and ' || percent(most_named) || '. If a module counts as built in, '
    || farthest || ' agree in ' || percent(farthest_offered) || '. Of ' || asked || ' options that containers, sandboxes and old programs need, '
    || if(differing = 0, 'none differs.', differing || if(differing = 1, ' differs: ', ' differ: ') || said || '.')
    || ' Kernels: ' || names || '.')
FROM kernels_part;

-- The rows behind each verdict. what: kernel (own: the container's, other: the host's), and of a pair of userlands: files by path and content,
-- files by path, os-release, libc, shell, tools, package manager; of a pair of kernels, named where userlands are: options named by both, options named
-- by either; of each kernel: the options asked for (own: its value); of each userland: its files (own: how many). share and common: of files; state: same, other, missing;
-- counts: whether it bears on the verdict.
CREATE OR REPLACE VIEW part_evidence AS
SELECT
  'C2' AS claim, if(is_default_runtime(runtime), 'part=kernel', 'part=kernel;runtime=' || runtime) AS scope, trial_id, userland, runtime,
  coalesce(host_trial_id, '') AS other_trial_id, 'host' AS other_userland, 'kernel' AS what, kernel AS own, coalesce(host_kernel, '') AS other,
  NULL::BIGINT AS common, NULL::DECIMAL(9, 6) AS share, CASE WHEN same THEN 'same' WHEN NOT same THEN 'other' ELSE 'missing' END AS state, true AS counts
FROM kernel_reading
UNION ALL
SELECT
  'C2', 'part=kernels', p.trial_id, p.name_a, '', p.other_trial_id, p.name_b, w.what, w.own::VARCHAR, w.other::VARCHAR, p.same, w.share::DECIMAL(9, 6),
  if(w.share = 1, 'same', 'other'), true
FROM (
  SELECT *, unnest([
    {what: 'options named by both', own: known, other: known, share: share_known::DOUBLE},
    {what: 'options named by either', own: n_a, other: n_b, share: share_named::DOUBLE}
  ]) AS w
  FROM kernel_pair
) AS p
UNION ALL
SELECT
  'C2', 'part=kernels', m.trial_id, m.name, '', '', '', 'option ' || m.option, m.value, '', NULL, NULL,
  if(count(DISTINCT m.value) OVER (PARTITION BY m.option) = 1, 'same', 'other'), true
FROM kernel_matter AS m
WHERE (SELECT count(*) FROM kernel_known) > 1
UNION ALL
SELECT
  'C2', 'part=userland', trial_id, label, '', '', '', 'files', (SELECT count(*) FROM held AS h WHERE h.nr = u.nr)::VARCHAR, '', NULL, NULL, if(listed, '', 'missing'), listed
FROM userland_label AS u
UNION ALL
SELECT
  'C2', 'part=userland', p.trial_id, p.label_a, '', p.other_trial_id, p.label_b, w.what, coalesce(w.own, ''), coalesce(w.other, ''), w.common, w.share::DECIMAL(9, 6),
  CASE WHEN w.own IS NULL OR w.other IS NULL THEN 'missing' WHEN w.own = w.other AND w.share IS NOT DISTINCT FROM w.whole THEN 'same' ELSE 'other' END,
  p.different AND w.rank = 1
FROM (
  SELECT p.*, a.os_pretty_name AS os_a, b.os_pretty_name AS os_b, unnest([
    {rank: 1, what: 'files by path and content', own: p.names_a::VARCHAR, other: p.names_b::VARCHAR, common: p.common_content, share: p.share_content::DOUBLE, whole: 1::DOUBLE},
    {rank: 2, what: 'files by path', own: p.names_a::VARCHAR, other: p.names_b::VARCHAR, common: p.common_path, share: p.share_path::DOUBLE, whole: 1::DOUBLE},
    {rank: 3, what: 'os-release', own: a.os_pretty_name, other: b.os_pretty_name, common: NULL, share: NULL, whole: NULL},
    {rank: 4, what: 'libc', own: a.libc, other: b.libc, common: NULL, share: NULL, whole: NULL},
    {rank: 5, what: 'shell', own: a.shell, other: b.shell, common: NULL, share: NULL, whole: NULL},
    {rank: 6, what: 'tools', own: a.tools, other: b.tools, common: NULL, share: NULL, whole: NULL},
    {rank: 7, what: 'package manager', own: a.package_manager, other: b.package_manager, common: NULL, share: NULL, whole: NULL}
  ]) AS w
  FROM pair AS p
  JOIN userland_label AS a ON a.nr = p.a
  JOIN userland_label AS b ON b.nr = p.b
) AS p;

-- Behind the claim's own row stands what stands behind the parts that it is made of.
CREATE OR REPLACE VIEW evidence AS
FROM part_evidence
UNION ALL
SELECT * REPLACE ('' AS scope) FROM part_evidence WHERE scope IN ('part=kernel', 'part=userland', 'part=kernels')
ORDER BY ALL;

-- [5] The claim as stated is about userlands on one host, and as strong as the weaker of these two parts. Kernels that are built apart are where it
-- may not hold: they qualify it, where they were tested. trials: those that the evidence names.
CREATE OR REPLACE VIEW verdict AS
SELECT
  v.claim, v.scope, if(v.verdict <> 'not tested' AND b.basis = 'synthetic', 'inconclusive', v.verdict) AS verdict, b.basis,
  if(v.verdict <> 'not tested' AND b.basis = 'synthetic', headline('Open: only synthetic stand-ins were measured'), v.headline) AS headline,
  if(b.basis = 'synthetic', 'Only synthetic stand-ins were measured, which cannot decide the claim. ', '') || v.summary AS summary, coalesce(e.trials, 0) AS trials
FROM (
SELECT 'C2' AS claim, scope, verdict, headline(headline) AS headline, short || rest AS summary FROM part
UNION ALL
SELECT
  'C2', '',
  CASE
    WHEN 'refuted' IN (k.verdict, u.verdict) THEN 'refuted'
    WHEN 'not tested' IN (k.verdict, u.verdict) THEN 'not tested'
    WHEN 'inconclusive' IN (k.verdict, u.verdict) THEN 'inconclusive'
    WHEN o.verdict = 'refuted' THEN 'qualified'
    WHEN o.verdict = 'inconclusive' THEN 'inconclusive'
    ELSE 'supported'
  END,
  headline(CASE
    WHEN k.verdict = 'refuted' THEN k.headline
    WHEN u.verdict = 'refuted' THEN u.headline
    WHEN k.verdict <> 'supported' THEN k.headline
    WHEN u.verdict <> 'supported' THEN u.headline
    ELSE k.in_brief || '; ' || u.in_brief || if(o.in_brief = '', '', '; ' || o.in_brief)
  END),
  k.short || ' ' || u.short || if(o.verdict = 'not tested', '', ' Separately built kernels differ more. ' || o.short)
FROM part AS k, part AS u, part AS o
WHERE k.scope = 'part=kernel' AND u.scope = 'part=userland' AND o.scope = 'part=kernels'
) AS v
-- Where anything real was measured, nothing else is in these tables.
CROSS JOIN (SELECT if(basis_of('userland-identity') = 'synthetic', 'synthetic', 'real') AS basis) AS b
LEFT JOIN (SELECT claim, scope, count(DISTINCT trial_id) AS trials FROM evidence GROUP BY ALL) AS e USING (claim, scope)
ORDER BY claim, scope;
