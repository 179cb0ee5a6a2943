-- Claim C0: "A container still needs a base image, although the kernel is the host's."
-- Claim C3: "A base image of another distribution or version than the host's works."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, summary, trials): C0 as stated, by kind of program; C3 as stated, by runtime, by kernel
--      evidence (claim, scope, trial_id, …): the trials behind each

-- One row a trial, with what it came to. came_to: NULL where nothing was measured.
CREATE OR REPLACE TEMP TABLE matrix_trial AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.block, t.cell, t.userland, t.kernel, t.runtime, t.sandbox, t.probe, t.outcome, t.exit_code, t.signal, t.detail,
  if(t.engine = '', t.runtime, t.engine || '/' || t.runtime) AS driven_by,
  t.synthetic,
  -- Real images decide; stand-ins are used only where there is nothing else, and then decide nothing.
  NOT t.synthetic OR basis_of('distro-matrix') = 'synthetic' AS counts,
  t.runtime = 'qemu' AS machine,
  t.probe NOT IN ('static-program', 'dynamic-program', 'musl-program') AS own,
  CASE
    WHEN t.outcome IN ('unavailable', 'broken') THEN NULL
    -- [9] The machine's own end, not the program's, which a signal would have ended: its kernel's panic, or an emulation too slow.
    WHEN t.runtime = 'qemu' AND t.signal IS NULL AND t.outcome IN ('crashed', 'timeout') THEN NULL
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
-- The processor's levels are a fact of the machine, not of a userland.
WHERE t.experiment = 'distro-matrix' AND t.probe <> 'isa-levels' AND NOT t.warmup AND (t.kernel <> 'host') = (t.runtime = 'qemu');

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
  spoken(list(DISTINCT spelled ORDER BY spelled) FILTER (came_to <> 'ran')) AS how
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
WHERE NOT t.own AND t.probe <> 'musl-program' AND t.came_to IS NOT NULL AND t.runtime <> 'host' AND NOT t.machine AND t.counts
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
  if(basis_of('distro-matrix') = 'synthetic', 'synthetic', 'real') AS basis,
  if(b.n IS NOT NULL AND basis_of('distro-matrix') = 'synthetic', 'Only synthetic stand-ins were measured, which cannot decide the claim. ', '')
  || CASE
    WHEN b.n IS NULL THEN 'No ' || p.spelled || ' program was tried in an empty image.'
    ELSE 'Under ' || b.driven || ', a ' || p.spelled || ' program '
      || CASE
        WHEN p.scope = 'program=static' AND b.verdict = 'refuted' THEN
          'ran in ' || b.n_ran || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image: it needs a kernel and nothing of a userland.'
        WHEN b.verdict = 'refuted' THEN 'ran in ' || b.n_ran || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image.'
        WHEN b.verdict = 'supported' AND p.scope = 'program=dynamic' THEN
          'was refused in ' || b.n_loader || ' of ' || counted(b.n, 'container', 'containers') || ' made from an empty image, because its dynamic loader is missing, and the same binary ran in '
          || counted(b.n_control, 'container', 'containers') || ' made from ' || b.control_names || ': it needs a base image that brings loader and libc.'
        ELSE
          'did not run in ' || counted(b.n, 'container', 'containers') || ' made from an empty image; '
          || CASE
            WHEN b.n_control > 0 THEN 'the same binary ran in ' || counted(b.n_control, 'container', 'containers') || ' made from ' || b.control_names || '.'
            ELSE 'it ran under no other userland either, so that kernel or binary may be at fault (control: add `--userland debian:12`).'
          END
          || if(p.scope = 'program=dynamic' AND b.n_loader < b.n, ' In ' || (b.n - b.n_loader) || ' of them it is not certain that its loader was what was missing.', '')
      END
  END AS summary
FROM (VALUES ('program=static', 'static'), ('program=dynamic', 'dynamically linked')) AS p (scope, spelled)
LEFT JOIN by_program AS b ON b.scope = p.scope;

CREATE OR REPLACE VIEW needs_base AS
SELECT 'C0' AS claim, '' AS scope, s.verdict, s.basis,
  s.summary
  || CASE
    WHEN s.verdict = 'not tested' AND NOT EXISTS (FROM matrix_trial WHERE userland = 'scratch' AND NOT machine) THEN ' Add the userland `scratch`.'
    WHEN s.verdict = 'not tested' THEN ''
    WHEN d.verdict = 'supported' THEN ' ' || d.summary
    ELSE ''
  END
  || coalesce((
    SELECT ' Left out: ' || reasons(list({n: n, said: reason} ORDER BY n DESC, reason)) || '.'
    FROM (
      SELECT why(outcome, detail) AS reason, count(*) AS n
      FROM matrix_trial WHERE userland = 'scratch' AND NOT machine AND NOT own AND came_to IS NULL GROUP BY ALL
    )), '') AS summary
FROM program_row AS s, program_row AS d
WHERE s.scope = 'program=static' AND d.scope = 'program=dynamic'
UNION ALL
SELECT 'C0', scope, verdict, basis, summary FROM program_row;

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
SELECT host_id, probe, how FROM cell_probe WHERE runtime = 'host' AND own AND state IN ('fails', 'no loader', 'inconsistent');

-- [9] Whose kernel a named kernel is, by ID and VERSION_ID of os-release; the suites without a number are nobody's here.
CREATE OR REPLACE MACRO is_kernels_own(kernel, os_id, os_version_id) AS
  coalesce((kernel, os_id, os_version_id) IN (('debian-bullseye', 'debian', '11'), ('debian-bookworm', 'debian', '12'), ('debian-trixie', 'debian', '13')), false);

-- [4, 5, 9] One row a container's or virtual machine's cell in which something of the userland's own was tried.
CREATE OR REPLACE TEMP TABLE cell_state AS
SELECT
  c.*,
  CASE
    WHEN c.machine AND is_kernels_own(c.kernel, i.os_id, i.os_version_id) THEN 'same'
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
    any_value(p.probe) FILTER (p.state = 'inconsistent') AS inconsistent
  FROM cell_probe AS p
  ANTI JOIN host_fault AS f ON f.host_id = p.host_id AND f.probe = p.probe
  WHERE p.own AND p.runtime <> 'host'
  GROUP BY ALL
) AS c
LEFT JOIN identity AS h ON h.host_id = c.host_id AND h.runtime = 'host'
LEFT JOIN identity AS i ON i.host_id = c.host_id AND i.cell = c.cell;

-- [8, 9] Scopes: all containers, and each of their runtimes that a trial names; each kernel that a virtual machine was to boot.
CREATE OR REPLACE TEMP TABLE scoped AS
SELECT '' AS scope, '' AS only_runtime, 'host' AS only_kernel
UNION
SELECT 'runtime=' || runtime, runtime, 'host' FROM matrix_trial WHERE runtime <> 'host' AND NOT machine
UNION
SELECT 'kernel=' || kernel, runtime, kernel FROM matrix_trial WHERE machine;

-- Real cells decide; synthetic ones are used only where there is nothing else, and then decide nothing.
CREATE OR REPLACE TEMP TABLE decisive AS
SELECT s.scope, c.*
FROM scoped AS s
JOIN cell_state AS c ON s.only_kernel = c.kernel AND s.only_runtime IN ('', c.runtime) AND c.state IN ('works', 'fails', 'inconsistent')
QUALIFY NOT c.synthetic OR bool_and(c.synthetic) OVER (PARTITION BY s.scope);

CREATE OR REPLACE TEMP TABLE tally AS
SELECT
  scope, count(*) AS n, bool_and(synthetic) AS synthetic,
  count_if(state = 'works') AS n_works, count_if(state = 'fails') AS n_fails, count_if(state = 'inconsistent') AS n_inconsistent,
  spoken(list(DISTINCT driven_by ORDER BY driven_by)) AS driven,
  spoken(list(DISTINCT userland ORDER BY userland) FILTER (state = 'works')) AS works,
  spoken(list(userland || ' under ' || driven_by || ' (' || failing_text || ')' ORDER BY userland, driven_by) FILTER (state = 'fails')) AS fails,
  spoken(list(userland || ' under ' || driven_by || ' (' || inconsistent_text || ')' ORDER BY userland, driven_by) FILTER (state = 'inconsistent')) AS inconsistent
FROM decisive
GROUP BY scope;

-- What does not speak of the claim, or was not measured, with its reason.
CREATE OR REPLACE TEMP TABLE left_out AS
SELECT
  scope,
  string_agg(names || ': ' || reason, '; ' ORDER BY rank, place) FILTER (rank <> 5 OR place <= 3)
  || if(count_if(rank = 5 AND place > 3) > 0, '; and ' || sum(n) FILTER (rank = 5 AND place > 3) || ' more for other reasons', '') AS reasons
FROM (
  SELECT *, if(n > 3, n || ' userlands', spoken(who)) AS names, row_number() OVER (PARTITION BY scope, rank ORDER BY n DESC, reason) AS place
  FROM (
  SELECT scope, rank, reason, count(DISTINCT userland) AS n, list(DISTINCT userland ORDER BY userland) AS who
  FROM (
    SELECT
      s.scope, c.userland,
      CASE c.state WHEN 'same' THEN 1 WHEN 'nothing' THEN 2 WHEN 'another architecture' THEN 3 ELSE 4 END AS rank,
      CASE c.state
        WHEN 'same' THEN if(c.machine, 'the kernel''s own distribution and version', 'the host''s own distribution and version')
        WHEN 'nothing' THEN 'none of the programs that the probes look for is there'
        WHEN 'another architecture' THEN 'built for another architecture'
        ELSE 'without a reading of the host (add the runtime `host`)'
      END AS reason
    FROM scoped AS s
    JOIN cell_state AS c ON s.only_kernel = c.kernel AND s.only_runtime IN ('', c.runtime) AND c.state NOT IN ('works', 'fails', 'inconsistent')
    UNION ALL
    SELECT s.scope, t.userland, 5, why(t.outcome, t.detail)
    FROM scoped AS s
    JOIN matrix_trial AS t ON t.own AND t.runtime <> 'host' AND s.only_kernel = t.kernel AND s.only_runtime IN ('', t.runtime) AND t.came_to IS NULL
    UNION ALL
    SELECT s.scope, 'probe ' || f.probe, 6, 'does not run on the host itself either (' || f.how || ')'
    FROM scoped AS s, host_fault AS f
  )
  GROUP BY ALL
  )
)
GROUP BY scope;

-- [7] One real failure refutes; an inconsistent cell leaves it open; else what was measured supports.
CREATE OR REPLACE VIEW others_work AS
SELECT
  'C3' AS claim,
  s.scope,
  CASE
    WHEN t.n IS NULL THEN 'not tested'
    WHEN t.synthetic THEN 'inconclusive'
    WHEN t.n_fails > 0 THEN 'refuted'
    WHEN t.n_inconsistent > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  if(coalesce(t.synthetic, false), 'synthetic', 'real') AS basis,
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
        coalesce(' (' || (SELECT spoken(list(DISTINCT one_line(os_pretty_name) ORDER BY one_line(os_pretty_name))) FROM identity WHERE runtime = 'host') || ')', ''), '')
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
    WHEN s.scope = '' AND NOT EXISTS (FROM matrix_trial WHERE runtime <> 'host' AND NOT machine) THEN ' This run has no trial of a container: add a runtime such as `runc`.'
    WHEN l.reasons IS NOT NULL THEN ' Left out: ' || l.reasons || '.'
    ELSE ''
  END AS summary
FROM scoped AS s
LEFT JOIN tally AS t ON t.scope = s.scope
LEFT JOIN left_out AS l ON l.scope = s.scope
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
  WHERE t.runtime <> 'host' AND NOT t.machine AND t.counts AND (t.userland = 'scratch' AND t.came_to IS NOT NULL OR t.came_to = 'ran')
  UNION ALL
  SELECT 'C3', d.scope, t.run_id, t.trial_id, 'userland'
  FROM decisive AS d
  JOIN matrix_trial AS t ON t.host_id = d.host_id AND t.cell = d.cell AND t.own AND t.came_to IS NOT NULL
  ANTI JOIN host_fault AS f ON f.host_id = t.host_id AND f.probe = t.probe
  UNION ALL
  SELECT 'C3', s.scope, t.run_id, t.trial_id, 'host'
  FROM scoped AS s
  JOIN matrix_trial AS t ON t.runtime = 'host' AND t.own AND t.came_to IS NOT NULL
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
