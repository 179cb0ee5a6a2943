using System.Collections.Immutable;
using Harness.Analysis;
using Harness.Analysis.Tables;
using Harness.Core.Model;
using Harness.Reporting;
using Harness.Tests.Analysis;

namespace Harness.Tests.Reporting;

public sealed class ProbeSentencesTests
{
    private const string Image = "my/app:1";

    [Fact]
    public void Each_probe_is_a_sentence_and_failures_come_first() => Assert.Equal(
        [
            "my/app:1 under docker/runc:",
            "  fork-pipe: failed with status 127 (without a word)",
            "  uname: could not be executed (/bin/uname: EACCES, permission denied)",
            "  ls: crashed, signal 11 (without a word)",
            "  date: did not end (was killed)",
            "  names: failed with status 2 (no such user)",
            "  static-program: a static program of the harness, which needs only a kernel (ok, 0.2 ms)",
            "  sh: the shell starts and ends (ok, 12 ms)",
            "  bash: not there: only /bin/bash was looked for (/bin/bash does not exist: ENOENT, no such file)",
            "  about: not known (the channel broke)",
        ],
        Say(
            Trial("about", Outcome.Broken, detail: "the channel broke"),
            Trial("sh", Outcome.Ok, ns: 12_400_000),
            Trial("static-program", Outcome.Ok, ns: 150_001),
            Trial("bash", Outcome.Refused, detail: "/bin/bash does not exist: ENOENT, no such file"),
            Trial("fork-pipe", Outcome.Failed, exit: 127),
            Trial("uname", Outcome.Refused, detail: "/bin/uname: EACCES, permission denied"),
            Trial("ls", Outcome.Crashed, signal: 11),
            Trial("date", Outcome.Timeout, detail: "was killed"),
            Trial("names", Outcome.Failed, exit: 2, detail: "no such user")));

    [Fact]
    public void A_program_that_its_loader_ended_failed_and_is_not_called_missing() => Assert.Equal(
        [
            "my/app:1 under docker/runc:",
            "  bash: failed with status 127 (/bin/bash: error while loading shared libraries: libtinfo.so.6: cannot open shared object file: No such file or directory)",
            "  dynamic-program: its dynamic loader is missing (/.harness/dynamic: its interpreter /lib64/ld-linux-x86-64.so.2 does not exist: ENOENT, no such file)",
            "  names: not there (neither getent nor grep is there)",
            "  about: not there: only /bin/sh was looked for (/bin/sh does not exist: ENOENT, no such file)",
        ],
        Say(
            Trial("dynamic-program", Outcome.Refused, detail: "/.harness/dynamic: its interpreter /lib64/ld-linux-x86-64.so.2 does not exist: ENOENT, no such file"),
            Trial("bash", Outcome.Failed, exit: 127, detail: "/bin/bash: error while loading shared libraries: libtinfo.so.6: cannot open shared object file: No such file or directory"),
            Trial("names", Outcome.Failed, exit: 69, detail: "neither getent nor grep is there"),
            Trial("about", Outcome.Refused, detail: "/bin/sh does not exist: ENOENT, no such file")));

    [Fact]
    public void Several_blocks_that_agree_are_one_sentence_with_their_median_and_others_are_counted() => Assert.Equal(
        [
            "my/app:1 under docker/runc:",
            "  date: did not end (was killed, 1 of 2 times)",
            "  sh: the shell starts and ends (ok, 2.0 ms, 3 of 3 times)",
            "  date: the program date prints the time (ok, 1.0 ms, 1 of 2 times)",
        ],
        Say(
            Trial("sh", Outcome.Ok, ns: 9_000_000), Trial("sh", Outcome.Ok, ns: 2_000_000, block: 2), Trial("sh", Outcome.Ok, ns: 1_000_000, block: 3),
            Trial("date", Outcome.Ok, ns: 1_000_000), Trial("date", Outcome.Timeout, detail: "was killed", block: 2)));

    [Fact]
    public void An_image_that_could_not_be_had_is_one_line() => Assert.Equal(
        ["my/app:1 under docker/runc:", "  not tried: no image of my/app:1"],
        Say(Trial("sh", Outcome.Unavailable, detail: "no image of my/app:1"), Trial("bash", Outcome.Unavailable, detail: "no image of my/app:1")));

    [Fact]
    public void Only_the_images_that_were_asked_about_are_spoken_of() =>
        Assert.Empty(Say(Trial("sh", Outcome.Ok, cell: "debian:12|host|docker/runc||"), Trial("sh", Outcome.Ok, cell: "host|host|/host||")));

    private static IEnumerable<string> Say(params ImmutableArray<TrialRow> trials) => ProbeSentences.For(MatrixRun.Experiment, [Image], trials);

    private static TrialRow Trial(
        string probe, Outcome outcome, string detail = "", int? exit = null, int? signal = null, long? ns = null, int block = 1, string cell = $"{Image}|host|docker/runc||") => new()
        {
            TrialId = $"{cell}{probe}{block}",
            HostId = "h",
            Experiment = "distro-matrix",
            Cell = cell,
            Probe = probe,
            Block = block,
            Repetition = 1,
            Outcome = outcome,
            Detail = detail,
            ExitCode = exit,
            Signal = signal,
            DurationNs = ns,
        };
}
