-- Claim C6: "On macOS and Windows the engine runs Linux containers in a Linux VM."
-- The rules of decision are explained in README.md; the numbers in brackets are its rules.
-- In:  the views of schema.sql.
-- Out: verdict (claim, scope, verdict, basis, headline, summary, trials): one row without scope, one an engine
--      method_check (name, holds, summary, trials): whether the engine's word on its place agrees with what its containers read
--      not_counted (claim, reason, remedy, what, trial_id): measured trials that could not be judged
--      evidence (claim, scope, trial_id, …): one row a scope, judged trial and witness.
--      picture, start_cost: for the figure and the table.

-- What was read in each container and beside it, one column a fact. NULL: not read.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT
  t.run_id, t.trial_id, t.host_id, t.block, t.cell, t.userland, t.engine, t.runtime, t.accelerator, t.probe, t.outcome, t.detail, t.synthetic,
  fact.* EXCLUDE (run_id, trial_id)
FROM trial AS t
LEFT JOIN (
  SELECT
    run_id, trial_id,
    max(text) FILTER (metric = 'sysname') AS sysname,
    max(text) FILTER (metric = 'release') AS release,
    replace(max(text) FILTER (metric = 'boot_id'), '-', '') AS boot_id,
    max(value) FILTER (metric = 'boottime_ns') - coalesce(max(value) FILTER (metric = 'timens_boottime_ns'), 0) AS boottime_ns,
    max(text) FILTER (metric = 'client_system') AS client,
    max(text) FILTER (metric = 'client_release') AS client_release,
    max(text) FILTER (metric = 'client_boot_id') AS client_boot_id,
    max(text) FILTER (metric = 'client_wsl') AS client_wsl,
    max(value) FILTER (metric = 'client_boottime_before_ns') AS before_ns,
    max(value) FILTER (metric = 'client_boottime_after_ns') AS after_ns,
    max(value) FILTER (metric = 'client_memory_bytes') AS client_memory,
    max(text) FILTER (metric = 'client_files') AS client_files,
    max(text) FILTER (metric = 'engine_place') AS place,
    max(text) FILTER (metric = 'engine_product') AS product,
    max(value) FILTER (metric = 'memory_total_bytes') AS memory
  FROM observation
  WHERE subject = ''
  GROUP BY ALL
) AS fact ON fact.run_id = t.run_id AND fact.trial_id = t.trial_id
WHERE t.experiment = 'engine-in-vm' AND t.engine <> '' AND NOT t.warmup;

-- [1] One row a container's trial and witness. same: NULL where either side could not be read, or the two cannot be compared.
CREATE OR REPLACE TEMP TABLE witness AS
SELECT run_id, trial_id, w.rank, w.name AS witness, w.container, w.client, w.same
FROM (
  SELECT s.run_id, s.trial_id, unnest([
    {rank: 1, name: 'boot id', container: s.boot_id, client: s.client_boot_id, same: s.boot_id = s.client_boot_id},
    {rank: 2, name: 'boot clock', container: s.boottime_ns::BIGINT::VARCHAR, client: s.before_ns::BIGINT || '..' || s.after_ns::BIGINT,
     same: s.boottime_ns BETWEEN s.before_ns AND s.after_ns},
    {rank: 3, name: 'release', container: s.release, client: s.client_release, same: if(s.client = 'linux', s.release = s.client_release, NULL)},
    {rank: 4, name: 'system', container: lower(s.sysname), client: s.client, same: lower(s.sysname) = s.client}
  ]) AS w
  FROM seen AS s
  WHERE s.probe = 'kernel' AND s.outcome = 'ok'
);

-- [2] Whose kernel each trial ran on, and [3] what that says of the engine. ordinary: the client's system is one that the claim is about.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
  *,
  CASE
    WHEN kernel = 'contradictory' OR kernel = 'unread' THEN kernel
    -- Linux on Windows: its own kernel is the VM's.
    WHEN kernel = 'same' AND client_wsl IS NOT NULL THEN 'vm'
    WHEN kernel = 'same' THEN 'here'
    WHEN place = 'product-vm' THEN 'vm'
    ELSE 'elsewhere'
  END AS judgement
FROM (
  SELECT
    s.*,
    coalesce(s.client IN ('macos', 'windows') OR s.client_wsl IS NOT NULL, false) AS ordinary,
    CASE
      WHEN w.boot AND coalesce(w.other, 0) = 0 THEN 'same'
      WHEN NOT w.system AND lower(s.sysname) = 'linux' THEN 'other'
      -- Two boots of one build have one release.
      WHEN NOT w.boot AND w.clock IS DISTINCT FROM true THEN 'other'
      WHEN w.boot IS NULL THEN 'unread'
      ELSE 'contradictory'
    END AS kernel
  FROM seen AS s
  JOIN (
    SELECT
      run_id, trial_id,
      bool_or(same) FILTER (witness = 'boot id') AS boot, bool_or(same) FILTER (witness = 'boot clock') AS clock,
      bool_or(same) FILTER (witness = 'system') AS system, count_if(NOT same) AS other
    FROM witness
    GROUP BY ALL
  ) AS w ON w.run_id = s.run_id AND w.trial_id = s.trial_id
  WHERE s.client IS NOT NULL
);

-- [4] Scopes: the claim as stated, of clients that it is about; and each engine, whatever the client.
CREATE OR REPLACE TEMP TABLE scoped AS
SELECT '' AS scope, NULL AS only_engine
UNION
SELECT 'engine=' || engine, engine FROM seen;

CREATE OR REPLACE TEMP TABLE decisive AS
SELECT s.scope, j.*
FROM scoped AS s
JOIN judged AS j ON if(s.scope = '', j.ordinary, s.only_engine = j.engine)
QUALIFY NOT j.synthetic OR bool_and(j.synthetic) OVER (PARTITION BY s.scope);

CREATE OR REPLACE MACRO system_name(client) AS CASE client WHEN 'macos' THEN 'macOS' WHEN 'windows' THEN 'Windows' WHEN 'linux' THEN 'Linux' ELSE client END;

CREATE OR REPLACE TEMP TABLE tally AS
SELECT
  scope, count(*) AS n, bool_and(synthetic) AS synthetic,
  count_if(judgement = 'vm') AS vm, count_if(judgement = 'here') AS here, count_if(judgement = 'elsewhere') AS elsewhere,
  count_if(judgement IN ('contradictory', 'unread')) AS unclear,
  count_if(ordinary AND judgement = 'vm') AS vm_ordinary, count_if(ordinary) AS n_ordinary, count_if(NOT ordinary AND judgement = 'here') AS here_elsewhere,
  named(list(DISTINCT system_name(client) ORDER BY system_name(client))) AS clients,
  named(list(DISTINCT product ORDER BY product) FILTER (product IS NOT NULL AND judgement = 'vm')) AS products,
  bool_or(product IS NOT NULL AND judgement = 'vm') AS has_product,
  coalesce(brief(min(release) FILTER (judgement = 'here')), 'unknown release') AS here_release, min(system_name(client)) FILTER (judgement = 'here') AS here_client,
  named(list(DISTINCT brief(release) ORDER BY brief(release)) FILTER (release IS NOT NULL)) AS releases,
  spoken(list(DISTINCT one_line(release) ORDER BY one_line(release)) FILTER (release IS NOT NULL)) AS all_releases,
  spoken(list(DISTINCT one_line(client_release) ORDER BY one_line(client_release)) FILTER (client_release IS NOT NULL)) AS client_releases
FROM decisive
GROUP BY scope;

-- What the witnesses of a scope said, over all its trials.
CREATE OR REPLACE TEMP TABLE testimony AS
SELECT
  scope,
  spoken(list(witness ORDER BY rank) FILTER (other > 0)) AS differ,
  spoken(list(witness ORDER BY rank) FILTER (same > 0)) AS agree
FROM (
  SELECT d.scope, w.rank, w.witness, count_if(w.same) AS same, count_if(NOT w.same) AS other
  FROM decisive AS d
  JOIN witness AS w ON w.run_id = d.run_id AND w.trial_id = d.trial_id
  GROUP BY ALL
)
GROUP BY scope;

-- The signs by which an engine was placed, of a scope.
CREATE OR REPLACE TEMP TABLE signs AS
SELECT d.scope, spoken(list(DISTINCT o.subject || ' (' || one_line(o.text) || ')' ORDER BY o.subject || ' (' || one_line(o.text) || ')')) AS said
FROM decisive AS d
JOIN observation AS o ON o.run_id = d.run_id AND o.trial_id = d.trial_id AND o.metric = 'engine_sign'
GROUP BY d.scope;

-- Why nothing was measured of an engine, most frequent first.
CREATE OR REPLACE TEMP TABLE missed AS
SELECT engine, reasons(list({n: n, said: said} ORDER BY n DESC, said)) AS said
FROM (SELECT engine, why(outcome, detail) AS said, count(*) AS n FROM seen WHERE probe = 'kernel' AND outcome <> 'ok' GROUP BY ALL)
GROUP BY engine;

-- [5] The verdicts.
CREATE OR REPLACE VIEW verdict AS
SELECT
  'C6' AS claim,
  s.scope,
  CASE
    WHEN t.n IS NULL THEN 'not tested'
    WHEN t.synthetic THEN 'inconclusive'
    WHEN t.here > 0 AND t.vm_ordinary > 0 AND t.here = t.here_elsewhere AND t.vm_ordinary = t.n_ordinary THEN 'qualified'
    WHEN t.here > 0 THEN 'refuted'
    WHEN t.elsewhere > 0 OR t.unclear > 0 THEN 'inconclusive'
    ELSE 'supported'
  END AS verdict,
  CASE WHEN t.n IS NULL THEN 'real' WHEN t.synthetic THEN 'synthetic' ELSE 'real' END AS basis,
  headline(CASE
    WHEN t.n IS NULL AND s.scope = '' THEN 'The harness ran on neither macOS nor Windows'
    WHEN t.n IS NULL THEN 'No container of ' || brief(s.only_engine) || ' was measured'
    WHEN t.synthetic THEN 'Open: only stand-ins were measured'
    WHEN t.here > 0 THEN 'Containers run on the client''s own kernel in ' || t.here || ' of ' || counted(t.n, 'trial', 'trials') || ' (' || t.here_client || ', ' || t.here_release || ')'
    WHEN t.elsewhere > 0 THEN 'Open: another kernel in ' || t.elsewhere || ' of ' || counted(t.n, 'trial', 'trials') || ', and no sign of whose VM or host'
    WHEN t.unclear > 0 THEN 'Open: whose kernel it is was not told in ' || t.unclear || ' of ' || counted(t.n, 'trial', 'trials')
    ELSE fitting(
      'Containers run in a VM in ' || t.vm || ' of ' || counted(t.n, 'trial', 'trials') || ' (' || t.releases || '), seen from ' || t.clients,
      'Containers run in a VM in ' || t.vm || ' of ' || counted(t.n, 'trial', 'trials') || ', seen from ' || t.clients)
  END) AS headline,
  CASE
    WHEN t.n IS NULL AND s.scope = '' THEN
      'The claim is about macOS and Windows, and the harness ran on ' || coalesce((SELECT spoken(list(DISTINCT system_name(client) ORDER BY system_name(client)) FILTER (client IS NOT NULL)) FROM seen), 'another system')
      || ': run it there. What the engines of this run do, the rows with an engine as their scope say'
      || CASE WHEN EXISTS (FROM judged WHERE engine = 'docker@vm' AND judgement = 'vm')
         THEN '; docker@vm shows the mechanism, which is rebuilt here and is no product for macOS or Windows.' ELSE '.' END
    WHEN t.n IS NULL THEN 'No container of ' || s.only_engine || ' was judged: ' || coalesce(m.said, 'it did not run') || '.'
    ELSE
      'The kernel of ' || counted(t.n, 'container', 'containers') || ' was compared with that of the client (' || t.clients || ', ' || t.client_releases || '): '
      || CASE
        WHEN t.here = t.n THEN 'it is the client''s own, ' || t.all_releases || '; ' || y.agree || ' agreed.'
        WHEN t.vm = t.n AND t.n_ordinary < t.n THEN 'it is another, ' || t.all_releases || ', in a VM' || if(t.has_product, ' of ' || t.products, '') || '; ' || y.differ || ' differed.'
        WHEN t.vm = t.n THEN 'it is that of a VM' || if(t.has_product, ' of ' || t.products, '') || ', ' || t.all_releases || '; '
          || if(y.differ = 'nothing', 'the client runs in that VM too.', y.differ || ' differed.')
        ELSE t.vm || ' ran in a VM, ' || t.here || ' on the client''s kernel, ' || t.elsewhere || ' on another kernel that no sign places, and in ' || t.unclear
          || ' the readings do not tell; ' || y.differ || ' differed and ' || y.agree || ' agreed.'
      END
      || coalesce(' By these signs: ' || g.said || '.', '')
  END AS summary,
  coalesce(t.n, 0) AS trials
FROM scoped AS s
LEFT JOIN tally AS t ON t.scope = s.scope
LEFT JOIN testimony AS y ON y.scope = s.scope
LEFT JOIN signs AS g ON g.scope = s.scope
LEFT JOIN missed AS m ON m.engine = s.only_engine
ORDER BY claim, s.scope;

-- [6] Whether the engine's own word and its address place its containers where the containers find themselves.
CREATE OR REPLACE VIEW method_check AS
SELECT
  'engine-place' AS name,
  CASE WHEN n = 0 THEN 'not checked' WHEN wrong > 0 THEN 'no' ELSE 'yes' END AS holds,
  CASE
    WHEN n = 0 THEN 'No container told whose kernel it ran on where the signs place the engine.'
    ELSE (n - wrong) || ' of ' || counted(n, 'container', 'containers') || ' ran where the engine''s answers and its address say, without asking a container'
      || if(wrong > 0, '; ' || wrong || ' did not: ' || names, '') || '.'
  END AS summary,
  n AS trials
FROM (
  SELECT
    count(*) AS n, count_if(wrong) AS wrong,
    spoken(list(DISTINCT engine || ' is placed ' || place || ', and its kernel is ' || if(kernel = 'same', 'the client''s', 'another')
      ORDER BY engine || ' is placed ' || place || ', and its kernel is ' || if(kernel = 'same', 'the client''s', 'another')) FILTER (wrong)) AS names
  FROM (
    SELECT *, (place = 'same-kernel') <> (kernel = 'same') AND NOT (kernel = 'same' AND client_wsl IS NOT NULL) AS wrong
    FROM judged
    WHERE place IN ('same-kernel', 'product-vm', 'other-machine') AND kernel IN ('same', 'other')
  )
);

CREATE OR REPLACE VIEW not_counted AS
SELECT 'C6' AS claim, 'the readings of the client are missing' AS reason, '' AS remedy, s.engine AS what, s.trial_id
FROM seen AS s
ANTI JOIN judged AS j ON j.run_id = s.run_id AND j.trial_id = s.trial_id
WHERE s.probe = 'kernel' AND s.outcome = 'ok';

-- The rows behind each verdict, and behind the check those that it rests on.
CREATE OR REPLACE VIEW evidence AS
SELECT
  'C6' AS claim, d.scope, d.host_id, d.cell, d.block, d.trial_id, w.rank, w.witness,
  CASE WHEN w.same THEN 'same' WHEN NOT w.same THEN 'other' ELSE 'missing' END AS state,
  coalesce(w.container, '') AS container, coalesce(w.client, '') AS client, d.place, coalesce(d.product, '') AS product, d.judgement
FROM decisive AS d
JOIN witness AS w ON w.run_id = d.run_id AND w.trial_id = d.trial_id
ORDER BY ALL;

-- What a container sees of the client, one row an engine and fact.
CREATE OR REPLACE TEMP TABLE picture AS
SELECT
  engine, rank, fact,
  CASE WHEN count(same) = 0 THEN 'not read' WHEN bool_and(same) THEN 'the client''s' ELSE 'another' END AS category,
  spoken(list(DISTINCT label ORDER BY label) FILTER (label IS NOT NULL)) AS label,
  count(same) AS n
FROM (
  SELECT engine, f.rank, f.fact, f.same, f.label
  FROM (
    SELECT s.engine, s.probe, unnest([
      {rank: 1, fact: 'kernel release', same: s.release = s.client_release, label: brief(s.release)},
      {rank: 2, fact: 'boot', same: coalesce(s.boot_id = s.client_boot_id, if(s.client <> 'linux' AND s.boot_id IS NOT NULL, false, NULL)), label: left(s.boot_id, 8)},
      -- A kernel keeps some for itself before it counts.
      {rank: 3, fact: 'memory', same: abs(s.memory - s.client_memory) < s.client_memory / 100, label: mebibytes(s.memory)},
      {rank: 4, fact: 'files of the client', same: s.client_files = 'mounted', label: if(s.client_files = 'mounted', 'mounted', if(s.client_files IS NULL, NULL, 'not visible'))}
    ]) AS f
    FROM seen AS s
    WHERE s.outcome = 'ok'
  )
  WHERE if(f.rank = 3, probe = 'memory', probe = 'kernel')
)
GROUP BY engine, rank, fact;

-- Where the time of a start went, on the harness's own clock; and what the VM took before the first.
CREATE OR REPLACE TEMP TABLE start_cost AS
SELECT
  engine, accelerator, place, phase, format('{:.0f} ms', median(ns)::DOUBLE / 1e6) AS median, count(*) AS n
FROM (
  SELECT engine, accelerator, p.place, p.phase, p.ns
  FROM (
   SELECT s.engine, s.accelerator, unnest([
      {place: 1, phase: 'create', ns: stamp.created - stamp.begun},
      {place: 2, phase: 'start to first report', ns: stamp.arrived - stamp.start},
      {place: 3, phase: 'first report to end', ns: stamp.ended - stamp.arrived}
    ]) AS p
   FROM (
    SELECT
      run_id, trial_id,
      max(value) FILTER (subject = 'begin') AS begun, max(value) FILTER (subject = 'created') AS created, max(value) FILTER (subject = 'start') AS start,
      max(value) FILTER (subject = 'arrived') AS arrived, max(value) FILTER (subject = 'ended') AS ended
    FROM observation
    WHERE metric = 'stamp_ns'
    GROUP BY ALL
  ) AS stamp
  JOIN seen AS s ON s.run_id = stamp.run_id AND s.trial_id = stamp.trial_id AND s.probe = 'kernel' AND s.outcome = 'ok'
  )
  WHERE p.ns IS NOT NULL
  UNION ALL
  -- The same reading with each of its containers.
  SELECT DISTINCT s.engine, s.accelerator, if(o.subject = 'userland', -1, 0), 'VM''s own start, to its ' || o.subject || ', once', o.value
  FROM observation AS o
  JOIN seen AS s ON s.run_id = o.run_id AND s.trial_id = o.trial_id
  WHERE o.metric = 'engine_machine_ns'
)
GROUP BY engine, accelerator, place, phase;
