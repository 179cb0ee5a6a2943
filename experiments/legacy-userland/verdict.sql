-- Claims C4a-sufficient, C4a-necessary and C4b: why bash of old userlands crashes.
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, summary, trials), evidence (claim, scope, trial_id, …)

CREATE OR REPLACE MACRO counted(n, one, many) AS n || ' ' || if(n = 1, one, many);
CREATE OR REPLACE MACRO spoken(names) AS
  if(len(names) > 1, array_to_string(names[:-2], ', ') || ' and ' || names[-1], coalesce(names[1], 'nothing'));

-- What was read of the kernel in each sandbox. mode: by what calling and reading the
-- addresses did, not by the maps: gVisor's claim to be readable (r-xp), and a read faults there all the same.
CREATE OR REPLACE VIEW sandbox_kernel AS
SELECT
  run_id, host_id, sandbox,
  max(text) FILTER (probe = 'kernel' AND metric = 'release') AS release,
  CASE
    WHEN count(*) FILTER (metric = 'vsyscall_call') < 3 THEN NULL
    WHEN count(*) FILTER (metric = 'vsyscall_call' AND text = 'works') = 3 THEN
      if(count(*) FILTER (metric = 'vsyscall_read' AND text = 'works') = 3, 'emulate', 'xonly')
    WHEN count(*) FILTER (metric = 'vsyscall_call' AND text LIKE 'signal %') = 3 THEN 'none'
  END AS mode,
  max(text) FILTER (probe = 'vsyscall' AND metric = 'vsyscall_map') AS map,
  max(text) FILTER (metric = 'vsyscall_log') AS log
FROM reading
WHERE experiment = 'legacy-userland' AND NOT warmup
GROUP BY ALL;

-- [1] One row a trial of an old userland's bash.
CREATE OR REPLACE VIEW legacy_trial AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.block, t.cell, t.userland, t.kernel, t.runtime, t.accelerator, t.variant, t.outcome, t.signal, t.detail,
  starts_with(t.userland, 'synthetic') AS synthetic,
  k.release, k.mode, k.map, k.log,
  try_cast(regexp_extract(k.release, '^(\d+)\.(\d+)', 1) AS INTEGER) * 1000 + try_cast(regexp_extract(k.release, '^(\d+)\.(\d+)', 2) AS INTEGER) AS number,
  t.outcome = 'crashed' AND t.signal = 11 AS crashed,
  (t.outcome = 'ok' OR (t.outcome = 'crashed' AND t.signal = 11)) AND k.mode IS NOT NULL AND coalesce(c.well, true) AS judged
FROM trial AS t
LEFT JOIN sandbox_kernel AS k ON k.run_id = t.run_id AND k.host_id = t.host_id AND k.sandbox = t.sandbox AND t.sandbox <> ''
-- [2] Controls: userlands of today under the same kernel, runtime and variant. Where their shell fails too, something else is wrong.
LEFT JOIN (
  SELECT run_id, host_id, block, kernel, runtime, accelerator, variant, bool_and(outcome = 'ok') AS well
  FROM trial
  WHERE experiment = 'legacy-userland' AND probe = 'shell' AND userland IN ('debian:12', 'busybox:static') AND outcome NOT IN ('unavailable', 'broken')
  GROUP BY ALL
) AS c ON c.run_id = t.run_id AND c.host_id = t.host_id AND c.block = t.block AND c.kernel = t.kernel AND c.runtime = t.runtime
  AND c.accelerator = t.accelerator AND c.variant = t.variant
WHERE t.experiment = 'legacy-userland' AND t.probe = 'bash' AND NOT t.warmup AND t.userland NOT IN ('debian:12', 'busybox:static');

-- [3] gVisor's release is a constant of its program, no kernel's: it speaks for the mode, not for versions.
CREATE OR REPLACE VIEW claim_trial AS
SELECT 'C4a-sufficient' AS claim, * FROM legacy_trial WHERE judged AND runtime <> 'runsc' AND number >= 4019
UNION ALL
SELECT 'C4a-necessary', * FROM legacy_trial WHERE judged AND runtime <> 'runsc' AND number < 4019
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
  count(DISTINCT mode) AS modes,
  spoken(list(DISTINCT mode ORDER BY mode) FILTER (crashed)) AS crashing_modes,
  spoken(list(DISTINCT mode ORDER BY mode) FILTER (NOT crashed)) AS working_modes,
  spoken(list(DISTINCT release ORDER BY release)) AS releases,
  spoken(list(DISTINCT release ORDER BY release) FILTER (NOT crashed)) AS working_releases,
  count(DISTINCT kernel) FILTER (kernel <> 'host') AS kernels
FROM decisive
GROUP BY claim;

-- Kernels on which one boot parameter alone turned a crash into none.
CREATE OR REPLACE VIEW turned AS
SELECT claim, count(*) AS kernels, spoken(list(release ORDER BY release)) AS releases
FROM (
  SELECT claim, kernel, any_value(release) AS release
  FROM decisive
  WHERE runtime = 'qemu'
  GROUP BY claim, kernel
  HAVING bool_or(crashed AND mode = 'none') AND bool_or(NOT crashed AND mode <> 'none')
)
GROUP BY claim;

-- [4] Trials that decide nothing, with their reasons.
CREATE OR REPLACE VIEW left_out AS
SELECT string_agg(n || ' ' || reason, ', ' ORDER BY n DESC, reason) AS reasons
FROM (
  SELECT userland || ' ' || CASE WHEN outcome IN ('ok', 'crashed') THEN 'without a control or a mode' ELSE outcome END AS reason, count(*) AS n
  FROM legacy_trial
  WHERE NOT judged
  GROUP BY ALL
);

-- [5] The verdicts.
CREATE OR REPLACE VIEW verdict AS
SELECT
  c.claim,
  '' AS scope,
  CASE
    WHEN f.n IS NULL THEN 'not tested'
    WHEN c.claim = 'C4b' AND f.exceptions > 0 THEN 'refuted'
    WHEN c.claim = 'C4b' AND f.modes > 1 AND t.kernels > 0 THEN 'supported'
    WHEN c.claim = 'C4b' THEN 'inconclusive'
    WHEN f.synthetic THEN 'inconclusive'
    WHEN c.claim = 'C4a-sufficient' THEN if(f.crashes = f.n, 'supported', 'refuted')
    ELSE if(f.crashes = 0, 'supported', 'refuted')
  END AS verdict,
  if(coalesce(f.synthetic, false), 'synthetic', 'real') AS basis,
  CASE
    WHEN f.n IS NULL AND c.claim = 'C4a-necessary' THEN 'No kernel before 4.19 was run.'
    WHEN f.n IS NULL THEN 'No trial of an old userland could be judged.'
    WHEN c.claim = 'C4b' THEN
      if(f.synthetic, 'A stand-in that calls what bash called under glibc 2.13', 'Old bash')
      || ' crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ', under the mode ' || f.crashing_modes || ', and worked under ' || f.working_modes
      || ', on ' || f.releases
      || CASE WHEN t.kernels > 0 THEN '; on ' || t.releases || ' the boot parameter alone turned the one into the other' ELSE '' END
      || CASE WHEN f.exceptions > 0 THEN '; ' || f.exceptions || ' did not follow the mode' ELSE '' END || '.'
    WHEN f.synthetic THEN
      'Only a synthetic stand-in was measured, which cannot decide what real images do: it crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials')
      || ' on ' || f.releases || '; it worked on ' || f.working_releases || ' under the mode ' || f.working_modes || '.'
    ELSE
      'Old bash crashed in ' || f.crashes || ' of ' || counted(f.n, 'trial', 'trials') || ' on ' || f.releases || '; it worked on ' || f.working_releases
      || ' under the mode ' || f.working_modes || '.'
  END
  || coalesce(' Left out: ' || l.reasons || '.', '') AS summary,
  coalesce(f.n, 0) AS trials
FROM (VALUES ('C4a-sufficient'), ('C4a-necessary'), ('C4b')) AS c(claim)
LEFT JOIN found AS f ON f.claim = c.claim
LEFT JOIN turned AS t ON t.claim = c.claim
CROSS JOIN left_out AS l
ORDER BY c.claim;

CREATE OR REPLACE VIEW evidence AS
SELECT
  claim, '' AS scope, trial_id, host_id, cell, block, userland, if(synthetic, 'synthetic', 'real') AS basis,
  release, mode, coalesce(map, '') AS map, outcome, signal, coalesce(log, '') AS log
FROM decisive
ORDER BY ALL;
