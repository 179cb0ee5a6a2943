-- Claim C0: "A container still needs a base image, although the kernel is the host's."
-- Claim C3: "A base image of another distribution or version than the host's works."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials): C0 as stated, by kind of program; C3 as stated, by runtime, by kernel
--      evidence (claim, scope, trial_id, …): the trials behind each
--      not_counted (claim, reason, remedy, what, trial_id): measured trials that say nothing of the claim

-- One row a trial, with what it came to. came_to: NULL where nothing was measured.
CREATE OR REPLACE TEMP TABLE matrix_trial AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.block, t.cell, t.userland, t.kernel, t.runtime, t.sandbox, t.probe, t.outcome, t.exit_code, t.signal, t.detail,
  if(t.engine = '', t.runtime, t.engine || '/' || t.runtime) AS driven_by,
  t.synthetic,
  -- Real images decide; stand-ins are used only where there is nothing else, and then decide nothing.
  NOT t.synthetic OR basis_of('distro-matrix') = 'synthetic' AS counts,
  kind_of(t.runtime) = 'vm' AS machine,
  t.probe NOT IN ('static-program', 'dynamic-program', 'musl-program') AS own,
  CASE
    WHEN t.outcome IN ('unavailable', 'broken') THEN NULL
    -- [9] The machine's own end, not the program's, which a signal would have ended: its kernel's panic, or an emulation too slow.
    WHEN kind_of(t.runtime) = 'vm' AND t.signal IS NULL AND t.outcome IN ('crashed', 'timeout') THEN NULL
    WHEN t.outcome = 'ok' THEN 'ran'
    -- [4] An exit status is the program's own: it was executed. A loader that lacks a library or refuses the processor ends with 127, and so does
    -- the shell that lacks a command; neither says that the program is not there.
    WHEN t.outcome = 'refused' AND t.detail LIKE '%ENOENT%' THEN if(t.detail LIKE '%its interpreter %', 'no loader', 'not there')
    WHEN t.outcome = 'failed' AND t.probe = 'names' AND t.exit_code = 69 THEN 'not there'
    WHEN t.outcome = 'refused' AND t.detail ILIKE '%exec format error%' THEN 'another architecture'
    -- The agent names the errno of an exec. What has none is the engine's refusal of the whole container, and says nothing of a program.
    WHEN t.outcome = 'refused' AND NOT regexp_matches(t.detail, ': (E[A-Z0-9]+, |errno [0-9])') THEN NULL
    ELSE 'failed'
  END AS came_to,
  t.outcome || CASE
    WHEN t.signal IS NOT NULL THEN ' by signal ' || t.signal
    WHEN t.exit_code > 0 THEN ' with status ' || t.exit_code || if(t.detail = '', '', ' (' || one_line(last_line(t.detail)) || ')')
    WHEN t.outcome = 'refused' THEN ' (' || one_line(t.detail) || ')'
    ELSE ''
  END AS spelled
FROM trial AS t
-- The processor's levels and the kernel's vsyscalls are facts of the machine, not of a userland.
WHERE t.experiment = 'distro-matrix' AND t.probe NOT IN ('isa-levels', 'vsyscall') AND NOT t.warmup AND (t.kernel <> 'host') = (kind_of(t.runtime) = 'vm');

-- What a probe came to in a cell, over its blocks.
CREATE OR REPLACE TEMP TABLE cell_probe AS
SELECT
  host_id, cell, userland, kernel, runtime, driven_by, synthetic, machine, probe, own, count(*) AS n,
  CASE
    WHEN bool_and(came_to = 'ran') THEN 'runs'
    WHEN bool_and(came_to = 'not there') THEN 'not there'
    WHEN bool_and(came_to = 'no loader') THEN 'no loader'
    WHEN bool_and(came_to = 'another architecture') THEN 'another architecture'
    WHEN bool_or(came_to = 'ran') OR NOT bool_or(came_to = 'failed') THEN 'inconsistent'
    ELSE 'fails'
  END AS state,
  spoken(list(DISTINCT spelled ORDER BY spelled) FILTER (came_to <> 'ran')) AS how,
  any_value(probe) || CASE
    WHEN bool_or(outcome = 'crashed') THEN ' crashes'
    WHEN bool_or(outcome = 'timeout') THEN ' hangs'
    WHEN bool_or(came_to = 'no loader') THEN ' lacks its loader'
    ELSE ' fails'
  END AS in_short
FROM matrix_trial
WHERE came_to IS NOT NULL
GROUP BY ALL;

-- C0 ------------------------------------------------------------------------------------------------------------------------

-- [1–3] One row a host, runtime and program of the harness's own: what became of it in the empty image, and in others.
CREATE OR REPLACE TEMP TABLE empty_image AS
SELECT
  t.host_id, t.driven_by, t.probe,
  count_if(t.userland = 'scratch') AS n,
  count_if(t.userland = 'scratch' AND t.came_to = 'ran') AS n_ran,
  -- Where the kernel's refusal does not say which file is missing: in the sandbox where the static program ran, the other was copied in too,
  -- so that what is missing is its loader.
  count_if(t.userland = 'scratch' AND (t.came_to = 'no loader' OR t.outcome = 'refused' AND t.came_to = 'not there' AND beside.sandbox IS NOT NULL)) AS n_loader,
  count_if(t.userland <> 'scratch' AND t.came_to = 'ran') AS n_control,
  list(DISTINCT t.userland) FILTER (t.userland <> 'scratch' AND t.came_to = 'ran') AS controls
FROM matrix_trial AS t
LEFT JOIN (SELECT DISTINCT run_id, host_id, sandbox FROM matrix_trial WHERE probe = 'static-program' AND came_to = 'ran') AS beside
  ON beside.run_id = t.run_id AND beside.host_id = t.host_id AND beside.sandbox = t.sandbox
-- The one for musl says which loaders are there, and nothing of an empty image that the one for glibc does not say.
WHERE NOT t.own AND t.probe <> 'musl-program' AND t.came_to IS NOT NULL AND kind_of(t.runtime) <> 'process' AND NOT t.machine AND t.counts
GROUP BY ALL
HAVING n > 0;

CREATE OR REPLACE TEMP TABLE by_program AS
SELECT
  e.*,
  'program=' || replace(e.probe, '-program', '') AS scope,
  (SELECT spoken(list(DISTINCT name ORDER BY name)) FROM (SELECT unnest(controls) AS name FROM empty_image AS i WHERE i.probe = e.probe)) AS control_names
FROM (
  SELECT
    probe, sum(n)::BIGINT AS n, sum(n_ran)::BIGINT AS n_ran, sum(n_loader)::BIGINT AS n_loader, sum(n_control)::BIGINT AS n_control,
    spoken(list(DISTINCT driven_by ORDER BY driven_by)) AS driven,
    CASE
      WHEN bool_or(n_ran > 0) THEN 'refuted'
      WHEN bool_or(n_control = 0) THEN 'inconclusive'
      WHEN probe = 'dynamic-program' AND bool_or(n_loader < n) THEN 'inconclusive'
      ELSE 'supported'
    END AS verdict
  FROM empty_image
  GROUP BY probe
) AS e;

CREATE OR REPLACE TEMP TABLE program_row AS
SELECT
  p.scope,
  CASE WHEN b.verdict IS NULL THEN 'not tested' WHEN basis_of('distro-matrix') = 'synthetic' THEN 'inconclusive' ELSE b.verdict END AS verdict,
  if(basis_of('distro-matrix') = 'synthetic', 'synthetic', 'real') AS basis, b.n, b.n_ran, b.n_loader,
  headline(CASE
    WHEN b.n IS NOT NULL AND basis_of('distro-matrix') = 'synthetic' THEN 'Open: only synthetic stand-ins were measured'
    WHEN b.n IS NULL THEN 'Not measured: no ' || p.short || ' program was tried in an empty image'
    WHEN b.verdict = 'refuted' THEN 'A ' || p.short || ' program ran in ' || b.n_ran || ' of ' || counted(b.n, 'container', 'containers') || ' of an empty image'
    WHEN b.verdict = 'supported' AND p.short = 'dynamic' THEN
      'A dynamic program failed in ' || b.n_loader || ' of ' || counted(b.n, 'container', 'containers') || ' of an empty image: it lacks its loader'
    WHEN b.verdict = 'supported' THEN 'A ' || p.short || ' program ran in none of ' || counted(b.n, 'container', 'containers') || ' of an empty image'
    WHEN b.n_control = 0 THEN 'Open: a ' || p.short || ' program ran in no container at all; add the userland debian:12'
    ELSE 'Open: why a ' || p.short || ' program did not run in ' || counted(b.n, 'container', 'containers') || ' of an empty image is not certain'
  END) AS headline,
  if(b.n IS NOT NULL AND basis_of('distro-matrix') = 'synthetic', 'Only synthetic stand-ins were measured, which cannot decide the claim. ', '')
  || CASE
    WHEN b.n IS NULL THEN 'No ' || p.spelled || ' program was tried in an empty image.'
    ELSE 'Under ' || b.driven || ', a ' || p.spelled || ' program '
      || CASE
        WHEN p.scope = 'program=static' AND b.verdict = 'refuted' THEN
          'ran in ' || b.n_ran || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image: it needs a kernel and nothing from a userland.'
        WHEN b.verdict = 'refuted' THEN 'ran in ' || b.n_ran || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image.'
        WHEN b.verdict = 'supported' AND p.scope = 'program=dynamic' THEN
          'was refused in ' || b.n_loader || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image, because its dynamic loader is missing, and the same binary ran in '
          || counted(b.n_control, 'container', 'containers') || ' made from ' || b.control_names || ': it needs a base image with a loader and libc.'
        ELSE
          'did not run in ' || counted(b.n, 'container', 'containers') || ' made from an empty image; '
          || CASE
            WHEN b.n_control > 0 THEN 'the same binary ran in ' || counted(b.n_control, 'container', 'containers') || ' made from ' || b.control_names || '.'
            ELSE 'it ran in no other userland either, so the kernel or the binary may be at fault (control: add `--userland debian:12`).'
          END
          || if(p.scope = 'program=dynamic' AND b.n_loader < b.n, ' In ' || (b.n - b.n_loader) || ' of them, it is not certain that the loader was missing.', '')
      END
  END AS summary
FROM (VALUES ('program=static', 'static', 'static'), ('program=dynamic', 'dynamically linked', 'dynamic')) AS p (scope, spelled, short)
LEFT JOIN by_program AS b ON b.scope = p.scope;

-- [1] As stated, the claim is about the programs of distributions, which are linked dynamically; static ones are the exception.
CREATE OR REPLACE VIEW needs_base AS
SELECT
  'C0' AS claim, '' AS scope,
  CASE
    WHEN d.verdict = 'not tested' THEN if(s.verdict = 'not tested', 'not tested', 'inconclusive')
    WHEN d.verdict <> 'supported' THEN d.verdict
    WHEN s.verdict = 'refuted' THEN 'qualified'
    WHEN s.verdict = 'inconclusive' THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  d.basis,
  headline(CASE
    WHEN d.verdict = 'not tested' AND s.verdict = 'not tested' THEN 'Not measured: no program was tried in an empty image; add the userland scratch'
    WHEN d.verdict = 'not tested' AND s.verdict = 'refuted' THEN 'Open: a static program needs no base image; a dynamic one was not tried'
    WHEN d.verdict = 'not tested' THEN 'Open: no dynamic program was tried in an empty image'
    WHEN d.verdict = 'supported' AND s.verdict = 'refuted' THEN
      'Holds for dynamic programs (no loader in ' || d.n_loader || ' of ' || d.n || '); static ones run in an empty image (' || s.n_ran || ' of ' || s.n || ')'
    WHEN d.verdict = 'supported' AND s.verdict = 'supported' THEN 'No program ran in an empty image: 0 of ' || d.n || ' dynamic, 0 of ' || s.n || ' static'
    WHEN d.verdict = 'supported' AND s.verdict = 'inconclusive' THEN 'Holds for dynamic programs (no loader in ' || d.n_loader || ' of ' || d.n || '); open for static ones'
    ELSE d.headline
  END) AS headline,
  CASE
    WHEN s.verdict = 'not tested' AND d.verdict = 'not tested' THEN 'No program was tried in an empty image.'
      || if(NOT EXISTS (FROM matrix_trial WHERE userland = 'scratch' AND NOT machine), ' Add the userland `scratch`.', '')
    ELSE concat_ws(' ', nullif(if(d.verdict = 'not tested', '', d.summary), ''), nullif(if(s.verdict = 'not tested', '', s.summary), ''))
  END AS summary
FROM program_row AS s, program_row AS d
WHERE s.scope = 'program=static' AND d.scope = 'program=dynamic'
UNION ALL
SELECT 'C0', scope, verdict, basis, headline, summary FROM program_row;

-- C3 ------------------------------------------------------------------------------------------------------------------------

-- Who a userland says it is.
CREATE OR REPLACE TEMP TABLE identity AS
SELECT
  t.host_id, t.cell, t.kernel, t.runtime,
  max(o.text) FILTER (o.metric = 'os_id') AS os_id,
  max(o.text) FILTER (o.metric = 'os_version_id') AS os_version_id,
  max(o.text) FILTER (o.metric = 'os_pretty_name') AS os_pretty_name,
  max(o.text) FILTER (o.metric = 'uname_release') AS release
FROM matrix_trial AS t
LEFT JOIN observation AS o ON o.run_id = t.run_id AND o.trial_id = t.trial_id AND o.subject = ''
WHERE t.probe = 'about' AND t.came_to = 'ran'
GROUP BY ALL;

-- [6] Probes that do not run on the machine itself tell nothing of a userland.
CREATE OR REPLACE TEMP TABLE host_fault AS
SELECT host_id, probe, how FROM cell_probe WHERE kind_of(runtime) = 'process' AND own AND state IN ('fails', 'no loader', 'inconsistent');

-- [4, 5, 9] A kernel is its distribution's by ID and VERSION_ID of os-release; that of a suite without a number is nobody's here. One row a container's or virtual machine's cell in which something of the userland's own was tried.
CREATE OR REPLACE TEMP TABLE cell_state AS
SELECT
  c.*,
  CASE
    WHEN c.machine AND k.distribution = i.os_id AND k.version = i.os_version_id THEN 'same'
    WHEN NOT c.machine AND h.host_id IS NULL THEN 'unread'
    WHEN NOT c.machine AND h.os_id IS NOT NULL AND i.os_id = h.os_id AND i.os_version_id IS NOT DISTINCT FROM h.os_version_id THEN 'same'
    WHEN c.failing IS NOT NULL THEN 'fails'
    WHEN c.inconsistent IS NOT NULL THEN 'inconsistent'
    WHEN c.n_runs > 0 THEN 'works'
    WHEN c.n_foreign > 0 THEN 'another architecture'
    ELSE 'nothing'
  END AS state
FROM (
  SELECT
    p.host_id, p.cell, p.userland, p.kernel, p.runtime, p.driven_by, p.synthetic, p.machine,
    sum(p.n)::BIGINT AS n,
    count_if(p.state = 'runs') AS n_runs,
    count_if(p.state = 'another architecture') AS n_foreign,
    spoken(list(p.probe || ' ' || p.how ORDER BY p.probe) FILTER (p.state IN ('fails', 'no loader'))) AS failing_text,
    spoken(list(p.probe || ' ' || p.how ORDER BY p.probe) FILTER (p.state = 'inconsistent')) AS inconsistent_text,
    any_value(p.probe) FILTER (p.state IN ('fails', 'no loader')) AS failing,
    any_value(p.probe) FILTER (p.state = 'inconsistent') AS inconsistent,
    CASE
      WHEN count_if(p.state IN ('fails', 'no loader')) <= 1 THEN max(p.in_short) FILTER (p.state IN ('fails', 'no loader'))
      -- Where all of them crash, and bash among them, bash is what people see.
      WHEN bool_and(p.in_short LIKE '% crashes') FILTER (p.state IN ('fails', 'no loader')) AND bool_or(p.probe = 'bash') FILTER (p.state = 'fails') THEN 'bash crashes'
      ELSE count_if(p.state IN ('fails', 'no loader')) || ' programs fail'
    END AS in_short
  FROM cell_probe AS p
  ANTI JOIN host_fault AS f ON f.host_id = p.host_id AND f.probe = p.probe
  WHERE p.own AND kind_of(p.runtime) <> 'process'
  GROUP BY ALL
) AS c
LEFT JOIN identity AS h ON h.host_id = c.host_id AND kind_of(h.runtime) = 'process'
LEFT JOIN identity AS i ON i.host_id = c.host_id AND i.cell = c.cell
LEFT JOIN kernel AS k ON k.id = c.kernel;

-- [8, 9] Scopes: all containers, and each of their runtimes that a trial names; each kernel that a virtual machine was to boot.
CREATE OR REPLACE TEMP TABLE scoped AS
SELECT '' AS scope, '' AS only_runtime, 'host' AS only_kernel
UNION
SELECT 'runtime=' || runtime, runtime, 'host' FROM matrix_trial WHERE kind_of(runtime) <> 'process' AND NOT machine
UNION
SELECT 'kernel=' || kernel, runtime, kernel FROM matrix_trial WHERE machine;

-- Real cells decide; synthetic ones are used only where there is nothing else, and then decide nothing.
-- [7] usual: of an engine's default runtime, or of the one that the scope names. alive: its distribution supported it when it was measured; where
-- the catalogue says nothing of its end, it counts as supported.
CREATE OR REPLACE TEMP TABLE decisive AS
SELECT
  s.scope, s.scope <> '' OR is_usual_runtime(c.runtime) AS usual,
  coalesce(u.end_of_life >= (SELECT max(started_at_utc)::DATE FROM trial), true) AS alive, year(u.released) AS released, c.*
FROM scoped AS s
JOIN cell_state AS c ON s.only_kernel = c.kernel AND s.only_runtime IN ('', c.runtime) AND c.state IN ('works', 'fails', 'inconsistent')
LEFT JOIN userland AS u ON u.id = c.userland
QUALIFY NOT c.synthetic OR bool_and(c.synthetic) OVER (PARTITION BY s.scope);

CREATE OR REPLACE TEMP TABLE tally AS
SELECT
  scope, count(*) AS n, bool_and(synthetic) AS synthetic,
  count_if(state = 'works') AS n_works, count_if(state = 'fails') AS n_fails, count_if(state = 'inconsistent') AS n_inconsistent,
  count_if(usual) AS n_usual, count_if(usual AND alive) AS n_ordinary,
  count_if(usual AND alive AND state = 'fails') AS fails_ordinary, count_if(usual AND alive AND state = 'inconsistent') AS inconsistent_ordinary,
  spoken(list(DISTINCT driven_by ORDER BY driven_by)) AS driven,
  spoken(list(DISTINCT userland ORDER BY userland) FILTER (state = 'works')) AS works,
  spoken(list(userland || ' under ' || driven_by || ' (' || failing_text || ')' ORDER BY userland, driven_by) FILTER (state = 'fails')) AS fails,
  spoken(list(userland || ' under ' || driven_by || ' (' || inconsistent_text || ')' ORDER BY userland, driven_by) FILTER (state = 'inconsistent')) AS inconsistent
FROM decisive
GROUP BY scope;

-- The same by userland, for headlines: those under the usual runtimes, and how many fail under others.
CREATE OR REPLACE TEMP TABLE by_userland AS
SELECT
  scope,
  count_if(usual) AS n, count_if(usual AND state = 'works') AS works,
  coalesce(list(userland ORDER BY userland) FILTER (usual AND state = 'fails'), []) AS failing,
  coalesce(list(userland ORDER BY userland) FILTER (usual AND state = 'fails' AND alive), []) AS failing_alive,
  count_if(usual AND state = 'inconsistent') AS unsteady,
  if(count(DISTINCT in_short) FILTER (usual AND state = 'fails') = 1, max(in_short) FILTER (usual AND state = 'fails'), '') AS how,
  min(released) FILTER (usual) AS oldest, max(released) FILTER (usual) AS newest,
  count_if(NOT usual) AS n_else, count_if(NOT usual AND state <> 'works') AS failing_else,
  max(under) FILTER (usual) AS under, max(under) FILTER (NOT usual AND state <> 'works') AS under_else
FROM (
  SELECT
    scope, userland, usual, bool_and(alive) AS alive, min(released) AS released,
    CASE WHEN bool_or(state = 'fails') THEN 'fails' WHEN bool_or(state = 'inconsistent') THEN 'inconsistent' ELSE 'works' END AS state,
    if(count(DISTINCT in_short) = 1, max(in_short), NULL) AS in_short
  FROM decisive
  GROUP BY scope, userland, usual
)
JOIN (
  SELECT scope, usual, named(list(DISTINCT runtime_name(runtime) ORDER BY runtime_name(runtime))) AS under FROM decisive GROUP BY ALL
) AS u USING (scope, usual)
GROUP BY scope;

-- 'Linux 6.18': what answered to uname where a scope's userlands ran.
CREATE OR REPLACE TEMP TABLE kernel_said AS
SELECT s.scope, if(count(DISTINCT linux(i.release)) = 1, min(linux(i.release)), if(s.only_kernel = 'host', 'the hosts'' kernels', 'that kernel')) AS said
FROM scoped AS s
JOIN identity AS i ON i.kernel = s.only_kernel AND if(s.only_kernel = 'host', kind_of(i.runtime) = 'process', i.runtime = s.only_runtime)
WHERE i.release IS NOT NULL
GROUP BY s.scope, s.only_kernel;

-- 'vsyscall=none': how the kernel served old C libraries there. gVisor serves them itself, so that its scope takes its own reading alone.
CREATE OR REPLACE TEMP TABLE vsyscall_said AS
SELECT s.scope, if(count(DISTINCT m.mode) = 1 AND bool_and(m.mode IS NOT NULL), 'vsyscall=' || min(m.mode), NULL) AS said
FROM scoped AS s
JOIN (
  SELECT
    run_id, trial_id, kernel, runtime,
    vsyscall_mode(list(text) FILTER (metric = 'vsyscall_call'), list(text) FILTER (metric = 'vsyscall_read')) AS mode
  FROM reading
  WHERE experiment = 'distro-matrix' AND probe = 'vsyscall' AND NOT warmup
  GROUP BY ALL
) AS m ON m.kernel = s.only_kernel AND (m.runtime = s.only_runtime OR kind_of(m.runtime) = 'process' AND (s.only_runtime = '' OR is_usual_runtime(s.only_runtime)))
GROUP BY s.scope;

-- How a headline ends. Of names of one distribution the first is whole: 'centos:5 and 6'.
CREATE OR REPLACE MACRO siblings(names) AS
  if(len(list_distinct(list_transform(names, lambda name: split_part(name, ':', 1)))) = 1, list_concat(names[:1], list_transform(names[2:], lambda name: split_part(name, ':', 2))), names);
CREATE OR REPLACE TEMP TABLE headline_end AS
SELECT
  s.scope,
  CASE
    WHEN t.fails_ordinary > 0 AND len(b.failing_alive) < len(b.failing) THEN '; still supported, yet failing: ' || few(siblings(b.failing_alive), 'of ' || len(b.failing))
    WHEN len(b.failing) > 0 THEN
      '; ' || few(siblings(b.failing), 'others')
      || if(b.how <> '', ': ' || b.how || if(b.how LIKE '% crashes', coalesce(' (' || v.said || ')', ''), ''), if(len(b.failing) = 1, ' fails', ' fail'))
    WHEN b.failing_else > 0 THEN '; under ' || b.under_else || ' ' || b.failing_else || ' of ' || b.n_else || if(b.failing_else = 1, ' fails', ' fail')
    ELSE if(s.only_kernel = 'host', ' under ' || b.under, '')
  END AS said
FROM scoped AS s
JOIN tally AS t USING (scope)
JOIN by_userland AS b USING (scope)
LEFT JOIN vsyscall_said AS v USING (scope);

-- [4–6, 9] Measured trials that say nothing of the claim: what was not measured at all is the report's to say.
CREATE OR REPLACE VIEW not_counted AS
SELECT
  'C3' AS claim,
  CASE c.state
    WHEN 'same' THEN if(c.machine, 'the kernel''s own distribution and version', 'the host''s own distribution and version')
    WHEN 'nothing' THEN 'it has none of the programs that the probes look for'
    WHEN 'another architecture' THEN 'built for another architecture'
    ELSE 'no reading of the host to compare with'
  END AS reason,
  if(c.state = 'unread', 'add the runtime host', '') AS remedy, c.userland AS what, t.trial_id
FROM cell_state AS c
JOIN matrix_trial AS t ON t.host_id = c.host_id AND t.cell = c.cell AND t.own AND t.came_to IS NOT NULL
WHERE c.state NOT IN ('works', 'fails', 'inconsistent')
UNION ALL
SELECT 'C3', 'the probe does not run on the host either', '', 'probe ' || t.probe, t.trial_id
FROM host_fault AS f
JOIN matrix_trial AS t ON t.host_id = f.host_id AND t.probe = f.probe AND t.own AND t.came_to IS NOT NULL
UNION ALL
SELECT if(own, 'C3', 'C0'), if(machine, 'the VM itself ended, not the program', 'the engine refused the whole container'), '', userland, trial_id
FROM matrix_trial
WHERE came_to IS NULL AND kind_of(runtime) <> 'process' AND outcome NOT IN ('unavailable', 'broken');

-- [7] One real failure within the ordinary scope refutes, one elsewhere qualifies; an inconsistent cell leaves it open; else what was measured supports.
CREATE OR REPLACE VIEW others_work AS
SELECT
  'C3' AS claim,
  s.scope,
  CASE
    WHEN t.n IS NULL THEN 'not tested'
    WHEN t.synthetic THEN 'inconclusive'
    WHEN t.fails_ordinary > 0 THEN 'refuted'
    WHEN t.n_usual = 0 OR t.inconsistent_ordinary > 0 THEN 'inconclusive'
    WHEN t.n_fails > 0 THEN if(t.n_ordinary > 0, 'qualified', 'inconclusive')
    WHEN t.n_inconsistent > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  if(coalesce(t.synthetic, false), 'synthetic', 'real') AS basis,
  headline(CASE
    WHEN t.n IS NULL AND NOT EXISTS (FROM matrix_trial WHERE kind_of(runtime) <> 'process' AND NOT machine) AND s.only_kernel = 'host' THEN 'Not measured: no container was run; add a runtime such as ' || default_runtime()
    WHEN t.n IS NULL THEN 'Not measured: no userland of another distribution or version was judged'
    WHEN t.synthetic THEN 'Open: only synthetic stand-ins were measured'
    WHEN t.n_usual = 0 THEN 'Open: not measured under ' || usual_runtimes() || '; under ' || coalesce(b.under_else || ' ' || b.failing_else || ' of ' || b.n_else || ' fail', 'others all run')
    WHEN t.n_ordinary = 0 AND t.n_fails > 0 THEN 'Open: only releases past their support were measured; ' || len(b.failing) || ' of ' || b.n || ' fail'
    WHEN t.fails_ordinary = 0 AND b.unsteady > 0 THEN 'Open: ' || b.unsteady || ' of ' || counted(b.n, 'userland', 'userlands') || if(b.unsteady = 1, ' runs', ' run') || ' only sometimes on ' || coalesce(k.said, 'this kernel')
    ELSE
      -- Where it does not fit, the years go first.
      fitting(
        b.works || ' of ' || counted(b.n, 'userland', 'userlands') || if(b.oldest < b.newest, ' of ' || b.oldest || '–' || b.newest, '') || if(b.n = 1, ' runs on ', ' run on ') || coalesce(k.said, 'this kernel') || x.said,
        b.works || ' of ' || counted(b.n, 'userland', 'userlands') || if(b.n = 1, ' runs on ', ' run on ') || coalesce(k.said, 'this kernel') || x.said)
  END) AS headline,
  CASE WHEN t.synthetic THEN 'Only synthetic stand-ins were measured, which cannot decide the claim. ' ELSE '' END
  || CASE
    WHEN t.n IS NULL AND s.only_kernel <> 'host' THEN 'No userland of another distribution or version than the kernel''s was judged.'
    WHEN t.n IS NULL THEN 'No userland of another distribution or version than the host''s was judged.'
    ELSE 'Under ' || t.driven
      || if(s.only_kernel = 'host', '', ', on the kernel ' || s.only_kernel
        || coalesce((SELECT ' (' || string_agg(DISTINCT one_line(release), ', ' ORDER BY one_line(release)) || ')' FROM identity WHERE kernel = s.only_kernel), ''))
      || if(t.n_works = t.n, ', every', ', not every') || ' measured userland of another distribution or version than the '
      || if(s.only_kernel = 'host', 'host''s', 'kernel''s')
      || if(s.only_kernel = 'host',
        coalesce(' (' || (SELECT spoken(list(DISTINCT one_line(os_pretty_name) ORDER BY one_line(os_pretty_name))) FROM identity WHERE kind_of(runtime) = 'process') || ')', ''), '')
      || CASE
        WHEN t.n_fails > 0 THEN ' works: ' || t.n_fails || ' of ' || counted(t.n, 'cell', 'cells') || if(t.n_fails = 1, ' fails: ', ' fail: ') || t.fails || '.'
        WHEN t.n_inconsistent > 0 THEN ' works each time: ' || t.n_inconsistent || ' of ' || counted(t.n, 'cell', 'cells') || if(t.n_inconsistent = 1, ' is inconsistent: ', ' are inconsistent: ') || t.inconsistent || '.'
        ELSE ' works: ' || t.works || '. Every probe program that they ship ran, in ' || counted(t.n, 'cell', 'cells') || '.'
      END
  END
  -- The same failure in the host's own distribution and version does not save the claim, but says where to look.
  || CASE WHEN o.fails IS NOT NULL THEN
    ' ' || if(s.only_kernel = 'host', 'The host''s', 'The kernel''s') || ' own distribution and version fails' || if(t.n_fails > 0, ' too, so the fault may lie with the runtime: ', ', which decides nothing here: ') || o.fails || '.'
    ELSE '' END
  || CASE
    WHEN s.scope = '' AND NOT EXISTS (FROM matrix_trial WHERE kind_of(runtime) <> 'process' AND NOT machine) THEN ' This run has no trial of a container: add a runtime such as `' || default_runtime() || '`.'
    ELSE ''
  END AS summary
FROM scoped AS s
LEFT JOIN tally AS t ON t.scope = s.scope
LEFT JOIN by_userland AS b ON b.scope = s.scope
LEFT JOIN kernel_said AS k ON k.scope = s.scope
LEFT JOIN headline_end AS x ON x.scope = s.scope
LEFT JOIN (
  SELECT s.scope, spoken(list(c.userland || ' under ' || c.driven_by || ' (' || c.failing_text || ')' ORDER BY c.userland, c.driven_by)) AS fails
  FROM scoped AS s
  JOIN cell_state AS c ON s.only_kernel = c.kernel AND s.only_runtime IN ('', c.runtime) AND c.state = 'same' AND c.failing IS NOT NULL
  GROUP BY ALL
) AS o ON o.scope = s.scope;

-- The trials behind each verdict. role: 'empty image' and 'control' for C0; 'userland' and 'host' (whose userland it is compared with) for C3.
CREATE OR REPLACE VIEW evidence AS
SELECT e.claim, e.scope, t.host_id, t.cell, t.block, t.probe, t.trial_id, e.role, t.outcome, t.exit_code, t.signal, t.detail
FROM (
  SELECT 'C0' AS claim, s.scope, t.run_id, t.trial_id, if(t.userland = 'scratch', 'empty image', 'control') AS role
  FROM matrix_trial AS t
  JOIN empty_image AS i ON i.host_id = t.host_id AND i.driven_by = t.driven_by AND i.probe = t.probe
  JOIN (VALUES ('', ''), ('program=static', 'static-program'), ('program=dynamic', 'dynamic-program')) AS s (scope, only_probe) ON s.only_probe IN ('', t.probe)
  WHERE kind_of(t.runtime) <> 'process' AND NOT t.machine AND t.counts AND (t.userland = 'scratch' AND t.came_to IS NOT NULL OR t.came_to = 'ran')
  UNION ALL
  SELECT 'C3', d.scope, t.run_id, t.trial_id, 'userland'
  FROM decisive AS d
  JOIN matrix_trial AS t ON t.host_id = d.host_id AND t.cell = d.cell AND t.own AND t.came_to IS NOT NULL
  ANTI JOIN host_fault AS f ON f.host_id = t.host_id AND f.probe = t.probe
  UNION ALL
  SELECT 'C3', s.scope, t.run_id, t.trial_id, 'host'
  FROM scoped AS s
  JOIN matrix_trial AS t ON kind_of(t.runtime) = 'process' AND t.own AND t.came_to IS NOT NULL
  WHERE s.only_kernel = 'host' AND EXISTS (FROM decisive AS d WHERE d.scope = s.scope AND d.host_id = t.host_id)
) AS e
JOIN matrix_trial AS t ON t.run_id = e.run_id AND t.trial_id = e.trial_id
ORDER BY ALL;

-- trials: those that the evidence names.
CREATE OR REPLACE VIEW verdict AS
SELECT v.*, coalesce(e.trials, 0) AS trials
FROM (FROM needs_base UNION ALL FROM others_work) AS v
LEFT JOIN (SELECT claim, scope, count(DISTINCT trial_id) AS trials FROM evidence GROUP BY ALL) AS e USING (claim, scope)
ORDER BY claim, scope;
