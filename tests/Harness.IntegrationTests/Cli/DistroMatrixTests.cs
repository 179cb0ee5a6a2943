namespace Harness.IntegrationTests.Cli;

[Trait(Machine.Category, Machine.OrdinaryUser)]
public sealed class DistroMatrixTests(MadeParts parts)
{
    [Fact]
    public async Task An_empty_image_runs_a_static_program_and_lacks_the_loader_of_a_dynamic_one()
    {
        Machine.Require();
        using var repository = new Repository();
        var answer = await repository.HarnessAsync(
            "run", "distro-matrix", "--kernel", "host", "--repeat", "1", "--userland", "scratch", "--userland", "busybox:static", "--run-id", "r", "--seed", "1");
        Assert.True(answer.ExitCode == 0, answer.ToString());

        var trials = Rows.Trials(repository.Run("r"));
        // Eleven probes in five cells; the processor's levels and the vsyscalls are probed on the host and in one userland under each runtime.
        Assert.Equal(((1 + 2 + 2) * 11) + (2 * (1 + 2)), trials.Count);
        Assert.All(trials.Where(row => row["probe"] == "static-program"), row => Assert.Equal("ok", row["outcome"]));
        Assert.All(trials.Where(row => row["runtime"] != "host" && row["probe"] == "dynamic-program"), row =>
        {
            Assert.Equal("refused", row["outcome"]);
            Assert.Matches("^/.harness/dynamic: its interpreter /\\S+ does not exist: ENOENT, no such file$", row["detail"]);
        });
        Assert.All(trials.Where(row => row["userland"] == "scratch" && row["probe"] is not ("static-program" or "dynamic-program")), row => Assert.Equal("refused", row["outcome"]));
        Assert.Contains("static program runs", Rows.Observations(repository.Run("r")).Where(row => row["metric"] == "said").Select(row => row["text"]));

        var verdicts = Rows.Verdicts(repository.Run("r")).ToDictionary(row => (row["claim"], row["scope"]), row => row["verdict"]);
        Assert.Equal("refuted", verdicts[("C0", "program=static")]);
        // Neither userland has the loader, so nothing shows that the program is not at fault itself; nor then what holds of the claim as stated.
        Assert.Equal("inconclusive", verdicts[("C0", "")]);
        Assert.Equal("inconclusive", verdicts[("C0", "program=dynamic")]);
        Assert.Equal("supported", verdicts[("C3", "runtime=runc")]);

        string[] kept = ["userlands.csv", "probes/bin/static-x86_64", "probes/bin/dynamic-aarch64", "probes/about.sh"];
        Assert.All(kept, file => Assert.True(File.Exists(Path.Combine(repository.Run("r"), "definitions", file)), file));
        Assert.Equal(0, (await repository.HarnessAsync("verify", "r")).ExitCode);
    }

    [Fact]
    public async Task With_a_glibc_userland_as_control_the_dynamic_program_needs_a_base_image()
    {
        Machine.Require();
        Machine.RequireBootstrap();
        using var repository = new Repository();
        parts.Share(repository.Cache);
        var answer = await repository.HarnessAsync("run", "distro-matrix", "--quick", "--kernel", "host", "--runtime", "runc", "--run-id", "r");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        var verdict = Rows.Verdicts(repository.Run("r")).Single(row => row["scope"] == "program=dynamic");
        Assert.Equal("supported", verdict["verdict"]);
        Assert.Contains("the same binary ran in 1 container made from debian:12", verdict["summary"], StringComparison.Ordinal);

        // The image that was made is a user's own as well as any: asked about alone, it is answered in sentences, from host and runc.
        var own = await repository.HarnessAsync("run", "distro-matrix", "--image", "harness/debian:12", "--pull", "never", "--run-id", "own");
        Assert.True(own.ExitCode == 0, own.ToString());
        Assert.StartsWith(
            "Measured 24 of 24 planned trials (100 %): 22 ok, 2 refused.\nharness/debian:12 under docker/runc:\n  static-program: ", own.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n  sh: the shell starts and ends \(ok, [0-9.]+ ms\)\n", own.Output);
    }
}
