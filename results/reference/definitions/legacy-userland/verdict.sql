-- Claims C4a-sufficient, C4a-necessary and C4b: why bash of old userlands crashes.
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials), evidence (claim, scope, trial_id, …),
--      not_counted (claim, reason, remedy, what, trial_id): measured trials that decide nothing

-- What was read of the kernel in each sandbox. mode: by what calling and reading the
-- addresses did, not by the maps: gVisor's claim to be readable (r-xp), and a read faults there all the same.
-- is_kernel [3]: the release is that of a kernel: of one that a VM booted, or of the host's, as the boot clock shows.
CREATE OR REPLACE VIEW sandbox_kernel AS
SELECT
  run_id, host_id, sandbox,
  max(text) FILTER (probe = 'kernel' AND metric = 'release') AS release,
  coalesce(
    bool_and(kind_of(runtime) = 'vm')
    OR max(value) FILTER (probe = 'kernel' AND metric = 'boottime_ns') - coalesce(max(value) FILTER (probe = 'kernel' AND metric = 'timens_boottime_ns'), 0)
      BETWEEN min(value) FILTER (metric = 'harness_boottime_before_ns') AND max(value) FILTER (metric = 'harness_boottime_after_ns'),
    false) AS is_kernel,
  vsyscall_mode(list(text) FILTER (metric = 'vsyscall_call'), list(text) FILTER (metric = 'vsyscall_read')) AS mode,
  max(text) FILTER (probe = 'vsyscall' AND metric = 'vsyscall_map') AS map,
  max(text) FILTER (metric = 'vsyscall_log') AS log
FROM reading
WHERE experiment = 'legacy-userland' AND NOT warmup
GROUP BY ALL;

-- [1] One row a trial of bash in a userland that is not a control. old: its C library may call the addresses, by the catalogue.
CREATE OR REPLACE VIEW legacy_trial AS
SELECT
  *,
  CASE
    WHEN outcome NOT IN ('ok', 'crashed') THEN outcome
    WHEN outcome = 'crashed' AND NOT crashed THEN 'crashed with a signal other than SIGSEGV'
    WHEN NOT old THEN 'not known to have a glibc before 2.15'
    WHEN mode IS NULL THEN 'without a vsyscall mode'
    WHEN NOT well THEN 'without a control that works'
  END AS why_not,
  why_not IS NULL AS judged
FROM (
  SELECT
    t.run_id, t.trial_id, t.host_id, t.block, t.cell, t.userland, t.kernel, t.runtime, t.accelerator, t.variant, t.outcome, t.signal, t.detail,
    t.synthetic,
    starts_with(t.userland, 'synthetic') OR coalesce(u.libc = 'glibc' AND version_order(u.libc_version) < 2015, false) AS old,
    k.release, coalesce(k.is_kernel, false) AS is_kernel, k.mode, k.map, k.log,
    version_order(k.release) AS number,
    t.outcome = 'crashed' AND t.signal = 11 AS crashed,
    coalesce(c.well, true) AS well
  FROM trial AS t
  LEFT JOIN userland AS u ON u.id = t.userland
  LEFT JOIN sandbox_kernel AS k ON k.run_id = t.run_id AND k.host_id = t.host_id AND k.sandbox = t.sandbox AND t.sandbox <> ''
  -- [2] Controls: userlands of today under the same kernel, runtime and variant. Where their shell fails too, something else is wrong.
  LEFT JOIN (
    SELECT run_id, host_id, block, kernel, runtime, accelerator, variant, bool_and(outcome = 'ok') AS well
    FROM trial
    WHERE experiment = 'legacy-userland' AND probe = 'shell' AND userland IN ('debian:12', 'busybox:static') AND outcome NOT IN ('unavailable', 'broken')
    GROUP BY ALL
  ) AS c ON c.run_id = t.run_id AND c.host_id = t.host_id AND c.block = t.block AND c.kernel = t.kernel AND c.runtime = t.runtime
    AND c.accelerator = t.accelerator AND c.variant = t.variant
  WHERE t.experiment = 'legacy-userland' AND t.probe = 'bash' AND NOT t.warmup AND t.userland NOT IN ('debian:12', 'busybox:static')
);

-- [3] What is not a kernel's release speaks for the mode, not for versions.
CREATE OR REPLACE VIEW claim_trial AS
SELECT 'C4a-sufficient' AS claim, * FROM legacy_trial WHERE judged AND is_kernel AND number >= 4019
UNION ALL
SELECT 'C4a-necessary', * FROM legacy_trial WHERE judged AND is_kernel AND number < 4019
UNION ALL
SELECT 'C4b', * FROM legacy_trial WHERE judged;

-- Real rows decide; synthetic ones count where there are no others.
CREATE OR REPLACE VIEW decisive AS
SELECT *
FROM claim_trial
QUALIFY NOT synthetic OR bool_and(synthetic) OVER (PARTITION BY claim);

CREATE OR REPLACE VIEW found AS
SELECT
  claim, count(*) AS n, bool_and(synthetic) AS synthetic,
  count_if(crashed) AS crashes,
  count_if(crashed <> (mode = 'none')) AS exceptions,
  -- [5] ordinary: the kernel has the parameters that it comes with.
  count_if(ordinary) AS n_ordinary, count_if(ordinary AND crashed) AS crashes_ordinary,
  named(list(DISTINCT 'vsyscall=' || mode ORDER BY 'vsyscall=' || mode) FILTER (NOT crashed)) AS works_with, named(list(DISTINCT 'vsyscall=' || mode ORDER BY 'vsyscall=' || mode) FILTER (crashed)) AS crashes_with,
  named(list(DISTINCT linux(release) ORDER BY linux(release)) FILTER (is_kernel)) AS kernels,
  count(DISTINCT mode) AS modes,
  spoken(list(DISTINCT mode ORDER BY mode) FILTER (NOT crashed)) AS working_modes,
  spoken(list(DISTINCT release ORDER BY release) FILTER (is_kernel)) AS releases,
  spoken(list(DISTINCT release ORDER BY release) FILTER (is_kernel AND NOT crashed)) AS working_releases
FROM (SELECT *, variant NOT LIKE '%vsyscall=%' AS ordinary FROM decisive)
GROUP BY claim;

-- What each mode did, in a few words: 'none: 10 of 10 crashed'.
CREATE OR REPLACE VIEW by_mode AS
SELECT claim, string_agg(mode || ': ' || crashes || ' of ' || n || ' crashed', ', ' ORDER BY mode) AS said
FROM (SELECT claim, mode, count(*) AS n, count_if(crashed) AS crashes FROM decisive GROUP BY ALL)
GROUP BY claim;

-- Kernels on which one boot parameter alone turned a crash into none.
CREATE OR REPLACE VIEW turned AS
SELECT claim, count(*) AS kernels, spoken(list(release ORDER BY release)) AS releases
FROM (
  SELECT claim, kernel, any_value(release) AS release
  FROM decisive
  WHERE kind_of(runtime) = 'vm'
  GROUP BY claim, kernel
  HAVING bool_or(crashed AND mode = 'none') AND bool_or(NOT crashed AND mode <> 'none')
)
GROUP BY claim;

-- [4] Measured trials that decide nothing, with their reasons.
CREATE OR REPLACE VIEW not_counted AS
SELECT
  c.claim, coalesce(t.why_not, 'its release is not shown to be a kernel''s') AS reason,
  if(t.why_not LIKE 'not known to have a glibc%', 'name its libc in a catalogue (--catalog)', '') AS remedy, t.userland AS what, t.trial_id
FROM legacy_trial AS t
JOIN (VALUES ('C4a-sufficient'), ('C4a-necessary'), ('C4b')) AS c(claim) ON NOT t.judged OR c.claim <> 'C4b' AND NOT t.is_kernel
WHERE t.outcome NOT IN ('unavailable', 'broken');

-- [5] The verdicts.
CREATE OR REPLACE VIEW verdict AS
SELECT
  c.claim,
  '' AS scope,
  CASE
    WHEN f.n IS NULL THEN 'not tested'
    WHEN f.synthetic THEN 'inconclusive'
    WHEN c.claim = 'C4b' AND f.exceptions > 0 THEN 'refuted'
    WHEN c.claim = 'C4b' AND f.modes > 1 AND t.kernels > 0 THEN 'supported'
    WHEN c.claim = 'C4b' THEN 'inconclusive'
    -- hits: trials in which bash did what the claim says.
    WHEN h.hits_ordinary < f.n_ordinary THEN 'refuted'
    WHEN h.hits = f.n THEN 'supported'
    ELSE if(f.n_ordinary > 0, 'qualified', 'inconclusive')
  END AS verdict,
  if(coalesce(f.synthetic, false), 'synthetic', 'real') AS basis,
  headline(CASE
    WHEN f.n IS NULL AND c.claim = 'C4a-necessary' THEN 'Not measured: no kernel before 4.19 was run'
    WHEN f.n IS NULL THEN 'Not measured: no trial of an old userland could be judged'
    WHEN f.synthetic THEN 'Open: only a stand-in was run; it crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials')
      || if(f.crashes > 0 AND f.exceptions = 0, ', always with vsyscall=none', '')
    WHEN c.claim = 'C4b' AND f.exceptions > 0 THEN 'Old bash did not follow the vsyscall mode in ' || f.exceptions || ' of ' || counted(f.n, 'trial', 'trials')
    WHEN c.claim = 'C4b' AND f.modes > 1 AND t.kernels > 0 THEN
      'The vsyscall mode decided in ' || f.n || ' of ' || counted(f.n, 'trial', 'trials') || '; one boot parameter alone on ' || counted(t.kernels, 'kernel', 'kernels')
    WHEN c.claim = 'C4b' THEN 'Open: old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ', but no kernel was run with two vsyscall modes'
    WHEN c.claim = 'C4a-sufficient' AND f.crashes < f.n THEN
      fitting(
        'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || if(f.crashes > 0, ', with ' || f.crashes_with || '; it ran with ' || f.working_modes, if(length(f.kernels) <= 30, ' on ' || f.kernels, '') || '; it ran with ' || f.works_with),
        'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || if(f.crashes > 0, ', with ' || f.crashes_with, '; it ran with ' || f.works_with))
    WHEN c.claim = 'C4a-necessary' AND f.crashes > 0 THEN
      'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || if(length(f.kernels) <= 30, ' on ' || f.kernels, '') || ', with ' || f.crashes_with
    ELSE 'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ' on ' || f.kernels || if(f.crashes > 0, ' (' || f.crashes_with || ')', '')
  END) AS headline,
  CASE
    WHEN f.n IS NULL AND c.claim = 'C4a-necessary' THEN 'No kernel before 4.19 was run.'
    WHEN f.n IS NULL THEN 'No trial of an old userland could be judged.'
    WHEN c.claim = 'C4b' THEN
      if(f.synthetic,
        if(f.exceptions = 0 AND f.modes > 1 AND coalesce(t.kernels, 0) > 0, 'Mechanism shown', 'Mechanism not shown') || ': a stand-in that makes the same vsyscalls as bash with glibc 2.13',
        'Old bash')
      || ' crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ' (by vsyscall mode ' || m.said || ')'
      || if(f.releases = 'nothing', '', ', on ' || f.releases)
      || CASE WHEN t.kernels > 0 THEN '; on ' || t.releases || ' the boot parameter alone made the difference' ELSE '' END
      || CASE WHEN f.exceptions > 0 THEN '; ' || f.exceptions || ' did not follow the mode' ELSE '' END || '.'
      || if(f.synthetic, ' No bash of a real userland with glibc before 2.15 was run, so the claim about it stays open.', '')
    WHEN f.synthetic THEN
      'Only a synthetic stand-in was measured, which cannot decide what real images do: it crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials')
      || ' on ' || f.releases || if(f.crashes < f.n, '; it worked on ' || f.working_releases || ' in the mode ' || f.working_modes, '') || '.'
    ELSE
      'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ' on ' || f.releases
      || if(f.crashes < f.n, '; it worked on ' || f.working_releases || ' in the mode ' || f.working_modes, '') || '.'
  END AS summary,
  coalesce(f.n, 0) AS trials
FROM (VALUES ('C4a-sufficient'), ('C4a-necessary'), ('C4b')) AS c(claim)
LEFT JOIN found AS f ON f.claim = c.claim
LEFT JOIN by_mode AS m ON m.claim = c.claim
LEFT JOIN turned AS t ON t.claim = c.claim
LEFT JOIN (
  SELECT claim, if(claim = 'C4a-necessary', n - crashes, crashes) AS hits, if(claim = 'C4a-necessary', n_ordinary - crashes_ordinary, crashes_ordinary) AS hits_ordinary
  FROM found
) AS h ON h.claim = c.claim
ORDER BY c.claim;

CREATE OR REPLACE VIEW evidence AS
SELECT
  claim, '' AS scope, trial_id, host_id, cell, block, userland, if(synthetic, 'synthetic', 'real') AS basis,
  release, is_kernel, mode, coalesce(map, '') AS map, outcome, signal, coalesce(log, '') AS log
FROM decisive
ORDER BY ALL;
