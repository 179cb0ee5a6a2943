-- The run's tables as typed views. Types are declared, never sniffed: a column of digits stays text where text is meant.
--
-- In a DuckDB shell started in the run's folder, a new one for each experiment, since their names are not free for one another:
--   .read definitions/schema.sql
--   .read definitions/<experiment>/verdict.sql
--   FROM verdict;
-- From elsewhere, first: SET VARIABLE run_folder = '<path of the run>';
-- A variable rather than the setting file_search_path, which prefers a file of the same name in the working directory:
-- judging one run from within the folder of another would silently read the wrong rows.
--
-- Nothing between two commas is NULL, "" is an empty text. Columns that are never missing get '' back by coalesce: read_csv's own
-- force_not_null is applied to the wrong columns when a query selects only some of them (seen with DuckDB 1.5.6).

-- What sentences share. counted: '3 trials'. spoken: 'a, b and c', of many the first ten. factor: a ratio with the digits that matter. mebibytes: a size in words. one_line: a text from a sandbox or an engine as one short line. last_line: of what a program wrote, whose line feeds are spelled \n.
CREATE OR REPLACE MACRO counted(n, one, many) AS format('{:,}', n) || ' ' || if(n = 1, one, many);
CREATE OR REPLACE MACRO spoken(names) AS
  CASE
    WHEN len(names) > 12 THEN array_to_string(names[:10], ', ') || ' and ' || (len(names) - 10) || ' more'
    WHEN len(names) > 1 THEN array_to_string(names[:-2], ', ') || ' and ' || names[-1]
    ELSE coalesce(names[1], 'nothing')
  END;
CREATE OR REPLACE MACRO factor(x) AS CASE WHEN x < 0.1 THEN format('{:.4f}', x) WHEN x < 10 THEN format('{:.2f}', x) WHEN x < 100 THEN format('{:.1f}', x) ELSE format('{:.0f}', x) END;
CREATE OR REPLACE MACRO mebibytes(bytes) AS CASE WHEN abs(bytes) < 10485760 THEN format('{:.2f}', bytes / 1048576) ELSE format('{:.1f}', bytes / 1048576) END || ' MiB';
CREATE OR REPLACE MACRO one_line(said) AS
  if(length(said) > 160, left(trim(regexp_replace(said, '[[:cntrl:]]+', ' ', 'g')), 159) || '…', trim(regexp_replace(said, '[[:cntrl:]]+', ' ', 'g')));
CREATE OR REPLACE MACRO last_line(said) AS string_split(said, '\n')[-1];

-- What a headline is made of. headline: at most 100 letters, whatever was put together. brief: a text from a sandbox or an engine, cut short.
-- named: of names the first three at most: 'a, b and c'. few: the names where they are few and short, else how many. linux: 'Linux 6.18' of a release.
CREATE OR REPLACE MACRO headline(said) AS if(length(one_line(said)) > 100, left(one_line(said), 99) || '…', one_line(said));
CREATE OR REPLACE MACRO brief(said) AS if(length(one_line(said)) > 24, left(one_line(said), 23) || '…', one_line(said));
CREATE OR REPLACE MACRO named(names) AS
  CASE
    WHEN len(names) > 3 THEN array_to_string(names[:2], ', ') || ' and ' || (len(names) - 2) || ' more'
    WHEN len(names) > 1 THEN array_to_string(names[:-2], ', ') || ' and ' || names[-1]
    ELSE coalesce(names[1], 'nothing')
  END;

CREATE OR REPLACE MACRO few(names, many) AS
  if(coalesce(len(names), 0) BETWEEN 1 AND 3 AND length(array_to_string(names, ', ')) <= 32, named(names), coalesce(len(names), 0) || ' ' || many);
CREATE OR REPLACE MACRO linux(release) AS 'Linux ' || coalesce(nullif(regexp_extract(release, '^\d+\.\d+', 0), ''), 'of unknown release');

-- The effective mode of a kernel's vsyscalls, by what became of calls to and reads of the three addresses: the text of each. NULL: not to be told.
CREATE OR REPLACE MACRO vsyscall_mode(calls, reads) AS CASE
  WHEN coalesce(len(calls), 0) < 3 THEN NULL
  WHEN len(list_filter(calls, lambda said: said = 'works')) = 3 THEN if(len(list_filter(reads, lambda said: said = 'works')) = 3, 'emulate', 'xonly')
  WHEN len(list_filter(calls, lambda said: starts_with(said, 'signal '))) = 3 THEN 'none'
END;

-- What is said of a headline's two wordings: the longer one where it fits.
CREATE OR REPLACE MACRO fitting(long, short) AS if(length(one_line(long)) <= 100, long, short);

-- The runtime of a cell, given by its name.
CREATE OR REPLACE MACRO runtime_of(cell) AS regexp_extract(split_part(cell, '|', 3), '[^/]*$');
CREATE OR REPLACE MACRO capital(said) AS upper(said[1]) || said[2:];
-- What people call an accelerator.
CREATE OR REPLACE MACRO accelerator_name(accelerator) AS if(accelerator = 'tcg', 'TCG (emulation)', upper(accelerator));
-- '9.76×', '7.82–11.5×': a factor and a range of it.
CREATE OR REPLACE MACRO factors(low, high) AS if(factor(low) = factor(high), factor(low), factor(low) || '–' || factor(high)) || '×';

-- What the harness knows of each runtime, so that no query needs to know one by its name.
-- kind: process (a plain process on the host's own userland), container, vm. title: what people call it. is_default: engines use it where none is
-- asked for. is_usual: what people mean by a container. own_kernel: another kernel than the host's answers its system calls.
CREATE OR REPLACE VIEW runtime AS
SELECT * REPLACE (coalesce(name, '') AS name, coalesce(kind, '') AS kind, coalesce(title, '') AS title)
FROM read_csv(
  coalesce(getvariable('run_folder') || '/', '') || 'definitions/runtimes.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', parallel = false,
  nullstr = '', allow_quoted_nulls = false,
  columns = {name: 'VARCHAR', kind: 'VARCHAR', title: 'VARCHAR', is_default: 'BOOLEAN', is_usual: 'BOOLEAN', own_kernel: 'BOOLEAN'}
);

-- The same at hand for macros, which are asked once a row. A row whose runtime is not in the table is an error: any answer would be a guess.
SET VARIABLE runtimes = (SELECT map_from_entries(list((name, r))) FROM runtime AS r);
CREATE OR REPLACE MACRO kind_of(runtime) AS
  CASE WHEN runtime IS NULL OR runtime = '' THEN runtime ELSE coalesce(getvariable('runtimes')[runtime].kind, error('definitions/runtimes.csv has no runtime ' || runtime)) END;
CREATE OR REPLACE MACRO is_default_runtime(runtime) AS coalesce(getvariable('runtimes')[runtime].is_default, false);
CREATE OR REPLACE MACRO is_usual_runtime(runtime) AS coalesce(getvariable('runtimes')[runtime].is_usual, false);
-- 'runc', 'runc or crun'; what people call a runtime.
SET VARIABLE default_runtime = (SELECT min(name) FROM runtime WHERE is_default);
SET VARIABLE usual_runtimes = (SELECT string_agg(name, ' or ' ORDER BY is_default DESC, name) FROM runtime WHERE is_usual);
CREATE OR REPLACE MACRO default_runtime() AS coalesce(getvariable('default_runtime'), '');
CREATE OR REPLACE MACRO usual_runtimes() AS coalesce(getvariable('usual_runtimes'), '');
CREATE OR REPLACE MACRO runtime_name(runtime) AS coalesce(getvariable('runtimes')[runtime].title, brief(runtime));
-- Whether a cell, given by its name, is what people mean by a container: of an engine's default runtime.
CREATE OR REPLACE MACRO is_usual_container(cell) AS is_usual_runtime(runtime_of(cell));

-- What the run's catalogue says of each kernel that virtual machines can boot, the user's own included. NULL: not stated. distribution, version: as
-- that distribution's os-release spells ID and VERSION_ID. is_usual: the one that is meant where none is named.
CREATE OR REPLACE VIEW kernel AS
SELECT * REPLACE (coalesce(id, '') AS id)
FROM read_csv(
  coalesce(getvariable('run_folder') || '/', '') || 'definitions/kernels.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', parallel = false,
  nullstr = '', allow_quoted_nulls = false,
  columns = {id: 'VARCHAR', distribution: 'VARCHAR', version: 'VARCHAR', is_usual: 'BOOLEAN'}
);
SET VARIABLE usual_kernel = (SELECT min(id) FROM kernel WHERE is_usual);
CREATE OR REPLACE MACRO is_usual_kernel(kernel) AS kernel IS NOT DISTINCT FROM getvariable('usual_kernel');

-- '6.18.44-cloud' and '2.9' as numbers that can be compared; NULL where there is none.
CREATE OR REPLACE MACRO version_order(version) AS
  try_cast(regexp_extract(version, '^(\d+)\.(\d+)', 1) AS INTEGER) * 1000 + try_cast(regexp_extract(version, '^(\d+)\.(\d+)', 2) AS INTEGER);

-- Why a trial was not measured, such that trials which lack an image for one reason have one text: 'unavailable (no image; the registry …)'.
-- Registries that cannot be reached are one reason, whichever they are: their own words stand in the report's table of gaps.
CREATE OR REPLACE MACRO without_name(detail) AS one_line(if(
  regexp_full_match(detail, 'no image of [^;\s]+(; the registry \S+ cannot be reached \([^;]*\))+'),
  'no image; it needs a registry that cannot be reached from here',
  regexp_replace(detail, '^no image of [^\s;]+', 'no image')));
CREATE OR REPLACE MACRO why(outcome, detail) AS outcome || if(without_name(detail) = '', '', ' (' || without_name(detail) || ')');
-- Of a list of {n, said}, most frequent first: '76 unavailable (…), 2 broken (…)', the first three, and how many more.
CREATE OR REPLACE MACRO reasons(found) AS
  array_to_string(list_transform(found[:3], x -> x.n || ' ' || x.said), ', ')
  || if(len(found) > 3, ' and ' || list_sum(list_transform(found[4:], x -> x.n)) || ' more for other reasons', '');

-- One row a trial. NULL: no exit status (a signal ended it, or nothing ran), no signal, no duration. All else is never NULL.
-- synthetic: measured in a stand-in and not in the userland that the row names: the image says so itself, which 'synthetic:' before its digest tells,
-- or the catalogue does by the userland's name. Such rows support a mechanism, and nothing that is said of real images.
CREATE OR REPLACE VIEW trial AS
SELECT * REPLACE (
  coalesce(run_id, '') AS run_id, coalesce(trial_id, '') AS trial_id, coalesce(host_id, '') AS host_id,
  coalesce(experiment, '') AS experiment, coalesce(cell, '') AS cell, coalesce(userland, '') AS userland,
  coalesce(image_digest, '') AS image_digest, coalesce(kernel, '') AS kernel, coalesce(engine, '') AS engine,
  coalesce(runtime, '') AS runtime, coalesce(accelerator, '') AS accelerator, coalesce(variant, '') AS variant,
  coalesce(probe, '') AS probe, coalesce(sandbox, '') AS sandbox, coalesce(outcome, '') AS outcome, coalesce(detail, '') AS detail
), coalesce(starts_with(userland, 'synthetic') OR starts_with(image_digest, 'synthetic:'), false) AS synthetic
FROM read_csv(
  coalesce(getvariable('run_folder') || '/', '') || 'trials.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', parallel = false,
  nullstr = '', allow_quoted_nulls = false,
  columns = {
    run_id: 'VARCHAR', trial_id: 'VARCHAR', host_id: 'VARCHAR', experiment: 'VARCHAR', cell: 'VARCHAR', userland: 'VARCHAR',
    image_digest: 'VARCHAR', kernel: 'VARCHAR', engine: 'VARCHAR', runtime: 'VARCHAR', accelerator: 'VARCHAR', variant: 'VARCHAR',
    probe: 'VARCHAR', block: 'INTEGER', repetition: 'INTEGER', warmup: 'BOOLEAN', sandbox: 'VARCHAR', outcome: 'VARCHAR',
    exit_code: 'INTEGER', signal: 'INTEGER', detail: 'VARCHAR', started_at_utc: 'TIMESTAMP', duration_ns: 'BIGINT'
  });

-- The userlands that were stand-ins, on any host.
CREATE OR REPLACE VIEW stand_in AS
SELECT DISTINCT userland FROM trial WHERE synthetic;

-- What the measured images of an experiment were: real, synthetic (all of them), or mixed.
CREATE OR REPLACE MACRO basis_of(named) AS (
  SELECT CASE WHEN count_if(synthetic) = 0 THEN 'real' WHEN count_if(NOT synthetic) = 0 THEN 'synthetic' ELSE 'mixed' END
  FROM trial
  WHERE experiment = named AND kind_of(runtime) <> 'process' AND NOT warmup AND outcome NOT IN ('unavailable', 'broken')
);

-- One row a reading, exactly one of value and text. An empty text is written as "", a missing one as nothing.
-- A decimal, since nanoseconds of an uptime beyond 104 days do not fit a double.
-- Read by way of 64 bits where they hold it, which gives the same number: from a text straight to 38 digits takes some 40 µs each.
-- whole: the value rounded to a BIGINT, for sums over very many readings; NULL where there is none, or it does not fit.
CREATE OR REPLACE VIEW observation_row AS
SELECT * REPLACE (
  coalesce(run_id, '') AS run_id, coalesce(trial_id, '') AS trial_id, coalesce(metric, '') AS metric, coalesce(subject, '') AS subject,
  coalesce(unit, '') AS unit,
  CASE
    WHEN regexp_full_match(value, '-?[0-9]{1,18}') THEN CAST(CAST(value AS BIGINT) AS DECIMAL(38, 9))
    WHEN regexp_full_match(value, '-?[0-9]{1,9}[.][0-9]{1,9}') THEN CAST(CAST(value AS DECIMAL(18, 9)) AS DECIMAL(38, 9))
    ELSE CAST(value AS DECIMAL(38, 9))
  END AS value
), TRY_CAST(value AS BIGINT) AS whole
FROM read_csv(
  coalesce(getvariable('run_folder') || '/', '') || 'observations.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', parallel = false,
  nullstr = '', allow_quoted_nulls = false,
  columns = {
    run_id: 'VARCHAR', trial_id: 'VARCHAR', metric: 'VARCHAR', subject: 'VARCHAR', value: 'VARCHAR', unit: 'VARCHAR', text: 'VARCHAR'
  });

-- What the run's catalogue says of each userland, the user's own included. NULL: not stated. A date known to the month only is
-- that month's first day. The machine's own userland, where plain processes ran, has no row here.
CREATE OR REPLACE VIEW userland AS
SELECT * REPLACE (
  coalesce(id, '') AS id,
  CAST(if(length(released) = 7, released || '-01', released) AS DATE) AS released,
  CAST(if(length(end_of_life) = 7, end_of_life || '-01', end_of_life) AS DATE) AS end_of_life
)
FROM read_csv(
  coalesce(getvariable('run_folder') || '/', '') || 'definitions/userlands.csv',
  auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', parallel = false,
  nullstr = '', allow_quoted_nulls = false,
  columns = {
    id: 'VARCHAR', distribution: 'VARCHAR', version: 'VARCHAR', libc: 'VARCHAR', libc_version: 'VARCHAR',
    released: 'VARCHAR', end_of_life: 'VARCHAR', rolling: 'BOOLEAN', family: 'VARCHAR'
  });

-- When C libraries were released, to the month: what a userland is made of is older than the userland. Sources: the glibc wiki's page "Glibc Timeline",
-- musl's list of releases (musl.libc.org/releases.html). Versions whose month they do not agree on, or do not state, are left out.
CREATE OR REPLACE VIEW libc_release AS
SELECT libc, version, CAST(month || '-01' AS DATE) AS released
FROM (VALUES
  ('glibc', '2.5', '2006-09'), ('glibc', '2.7', '2007-10'), ('glibc', '2.12', '2010-05'), ('glibc', '2.15', '2012-03'), ('glibc', '2.17', '2012-12'),
  ('glibc', '2.18', '2013-08'), ('glibc', '2.19', '2014-02'), ('glibc', '2.21', '2015-02'), ('glibc', '2.23', '2016-02'), ('glibc', '2.24', '2016-08'),
  ('glibc', '2.26', '2017-08'), ('glibc', '2.27', '2018-02'), ('glibc', '2.28', '2018-08'), ('glibc', '2.29', '2019-01'), ('glibc', '2.31', '2020-02'),
  ('glibc', '2.32', '2020-08'), ('glibc', '2.34', '2021-08'), ('glibc', '2.35', '2022-02'), ('glibc', '2.36', '2022-08'), ('glibc', '2.38', '2023-07'),
  ('glibc', '2.39', '2024-01'), ('glibc', '2.40', '2024-07'), ('glibc', '2.41', '2025-01'), ('glibc', '2.42', '2025-07'),
  ('musl', '1.1.14', '2016-02'), ('musl', '1.1.18', '2017-10'), ('musl', '1.1.22', '2019-04'), ('musl', '1.1.24', '2019-10'), ('musl', '1.2.2', '2021-01'),
  ('musl', '1.2.3', '2022-04'), ('musl', '1.2.4', '2023-05'), ('musl', '1.2.5', '2024-02')
) AS known (libc, version, month);

-- A heading for a family: its name in words. Families of one member that is shown stand together. members: how many are shown.
CREATE OR REPLACE MACRO family_heading(family, members) AS CASE
  WHEN family IS NULL OR family = '' THEN 'others'
  WHEN family = 'no-distribution' THEN 'no distribution'
  WHEN members = 1 THEN 'others'
  ELSE replace(family, '-', ' ')
END;
-- Where a family stands: what is of no distribution first, single ones last.
CREATE OR REPLACE MACRO family_place(heading) AS CASE heading WHEN 'no distribution' THEN 0 WHEN 'others' THEN 2 ELSE 1 END;

-- The readings of committed trials: the trial's row commits it, so readings without one are the tail of an interruption.
CREATE OR REPLACE VIEW observation AS
SELECT o.*
FROM observation_row AS o
SEMI JOIN trial AS t ON t.run_id = o.run_id AND t.trial_id = o.trial_id;

-- Each reading beside the trial it belongs to.
CREATE OR REPLACE VIEW reading AS
SELECT t.*, o.metric, o.subject, o.value, o.whole, o.unit, o.text
FROM trial AS t
JOIN observation_row AS o ON o.run_id = t.run_id AND o.trial_id = t.trial_id;

-- What was done to each sandbox, one row an aspect: what its cell asked for and what took effect. Of a timed cell the proof is a sandbox
-- of its own, and its rows stand with the cell's first trial.
-- state: proven (by a witness other than the engine), engine's word, only asked (nothing says what took effect), contradicted (then the
-- sandbox's trials are broken). seen and witness: '' where there is none.
CREATE OR REPLACE VIEW treatment AS
SELECT
  t.run_id, t.host_id, t.experiment, t.cell, t.engine, t.runtime, t.sandbox, o.subject AS aspect,
  coalesce(max(o.text) FILTER (o.metric = 'treatment_asked'), '') AS asked,
  coalesce(max(o.text) FILTER (o.metric = 'treatment_seen'), '') AS seen,
  coalesce(string_split(max(o.text) FILTER (o.metric = 'treatment_proof'), ': ')[1], 'only asked') AS state,
  coalesce(regexp_extract(max(o.text) FILTER (o.metric = 'treatment_proof'), '^[^:]*: (.*)$', 1), '') AS witness
FROM trial AS t
JOIN observation_row AS o ON o.run_id = t.run_id AND o.trial_id = t.trial_id
WHERE o.metric IN ('treatment_asked', 'treatment_seen', 'treatment_proof')
GROUP BY t.run_id, t.host_id, t.experiment, t.cell, t.engine, t.runtime, t.sandbox, t.trial_id, o.subject;

-- What images hold, one row an entry: raw/filesystems/<hex of the image's digest>.csv. A run without such files has no rows here;
-- read_csv refuses a pattern that matches nothing, hence the way round by a list that may be missing.
SET VARIABLE filesystem_files = (
  SELECT list(file ORDER BY file) FROM glob(coalesce(getvariable('run_folder') || '/', '') || 'raw/filesystems/*.csv')
);

-- path and target: printable, bytes that are no text spelt \xNN. type: file, hardlink (another name of a file, with its size and hash), symlink,
-- directory, char, block, fifo, other. mode: octal. sha256: of the content; '' where there is none or it was not read.
CREATE OR REPLACE VIEW image_file AS
SELECT
  regexp_extract(filename, '([0-9a-f]+)\.csv$', 1) AS image, path, type, size, mode, coalesce(sha256, '') AS sha256, coalesce(target, '') AS target
FROM query(if(
  getvariable('filesystem_files') IS NULL,
  'SELECT NULL::VARCHAR AS path, NULL::VARCHAR AS type, NULL::BIGINT AS size, NULL::VARCHAR AS mode, NULL::VARCHAR AS sha256,
     NULL::VARCHAR AS target, NULL::VARCHAR AS filename
   WHERE false',
  'FROM read_csv(
     getvariable(''filesystem_files''),
     auto_detect = false, header = true, delim = '','', quote = ''"'', escape = ''"'', parallel = false, filename = true,
     nullstr = '''', allow_quoted_nulls = false,
     columns = {path: ''VARCHAR'', type: ''VARCHAR'', size: ''BIGINT'', mode: ''VARCHAR'', sha256: ''VARCHAR'', target: ''VARCHAR''})'
));

-- The images that were listed, those that hold nothing included.
CREATE OR REPLACE VIEW listed_image AS
SELECT regexp_extract(unnest(getvariable('filesystem_files')::VARCHAR[]), '([0-9a-f]+)\.csv$', 1) AS image;

-- Which image a userland was. image: what files in raw/filesystems are named by. Where runs were merged, a userland may have several.
CREATE OR REPLACE VIEW userland_image AS
SELECT DISTINCT userland, image_digest, regexp_replace(image_digest, '^.*:', '') AS image
FROM trial
WHERE image_digest <> '';

-- The files of each userland.
CREATE OR REPLACE VIEW userland_file AS
SELECT i.userland, i.image_digest, f.*
FROM userland_image AS i
JOIN image_file AS f ON f.image = i.image;

-- How kernels were configured, one row an option that the configuration names: raw/kernels/<kernel>.csv, the machine's own as host-<host_id>.csv.
-- value: y, m, a number, a text in quotes; n where the configuration says that it is not set. A run without such files has no rows here.
SET VARIABLE kernel_files = (
  SELECT list(file ORDER BY file) FROM glob(coalesce(getvariable('run_folder') || '/', '') || 'raw/kernels/*.csv')
);

CREATE OR REPLACE VIEW kernel_option AS
SELECT
  regexp_replace(regexp_extract(filename, '([^/\\]+)\.csv$', 1), '^host-[0-9a-f]{12}$', 'host') AS kernel,
  coalesce(regexp_extract(filename, '[/\\]host-([0-9a-f]{12})\.csv$', 1), '') AS host_id,
  option, value
FROM query(if(
  getvariable('kernel_files') IS NULL,
  'SELECT NULL::VARCHAR AS option, NULL::VARCHAR AS value, NULL::VARCHAR AS filename WHERE false',
  'FROM read_csv(
     getvariable(''kernel_files''),
     auto_detect = false, header = true, delim = '','', quote = ''"'', escape = ''"'', parallel = false, filename = true,
     nullstr = '''', allow_quoted_nulls = false,
     columns = {option: ''VARCHAR'', value: ''VARCHAR''})'
));
