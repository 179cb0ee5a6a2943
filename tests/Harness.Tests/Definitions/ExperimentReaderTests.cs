using Harness.Core.Definitions;

namespace Harness.Tests.Definitions;

public sealed class ExperimentReaderTests
{
    private const string Smallest =
        """
        schema: 1
        id: sample
        title: A sample
        claims: [C1]
        timeout: 5s
        matrix:
          userlands: [debian:12]
          runtimes: [runc]
        probes:
          - id: kernel
            kind: builtin
            command: kernel
            about: asks the kernel

        """;

    [Fact]
    public void The_smallest_experiment_has_the_defaults()
    {
        using var file = new DefinitionFile();
        var experiment = file.Experiment(Smallest);
        Assert.Equal("sample", experiment.Id);
        Assert.False(experiment.Timed);
        Assert.Equal(["host"], experiment.Matrix.Kernels);
        Assert.Equal([""], experiment.Matrix.Variants);
        Assert.Equal((1, 1, 0), (experiment.Blocks, experiment.Repeat, experiment.Warmup));
        Assert.Equal(TimeSpan.FromSeconds(5), experiment.Timeout);
        Assert.Equal(new Limits(256 << 20, 64, 64 << 10), experiment.Limits);
        Assert.Equal(ExperimentReader.Builtin, experiment.Metrics);
        Assert.Equal(["kernel"], Assert.Single(experiment.Probes).Command);
    }

    [Fact]
    public void An_exec_probe_takes_arguments_and_a_timeout_of_its_own()
    {
        using var file = new DefinitionFile();
        var probe = file.Experiment($"{Smallest}  - {{id: bash, kind: exec, command: [/bin/bash, -c, 'true'], timeout: 1m, about: runs bash}}\n").Probes[1];
        Assert.Equal(ProbeKind.Exec, probe.Kind);
        Assert.Equal(["/bin/bash", "-c", "true"], probe.Command);
        Assert.Equal(TimeSpan.FromMinutes(1), probe.Timeout);
    }

    [Fact]
    public void A_program_probe_names_one_of_the_harnesss_own_and_takes_arguments()
    {
        using var file = new DefinitionFile();
        var probe = file.Experiment($"{Smallest}  - {{id: tool, kind: program, command: [my-tool, -x], about: runs it}}\n").Probes[1];
        Assert.Equal(ProbeKind.Program, probe.Kind);
        Assert.Equal(["my-tool", "-x"], probe.Command);
    }

    [Fact]
    public void A_pull_probe_has_no_command()
    {
        using var file = new DefinitionFile();
        var probe = file.Experiment($"{Smallest}  - {{id: pull, kind: pull, cells: ['*|docker/runc||'], about: pulls}}\n").Probes[1];
        Assert.Equal((ProbeKind.Pull, true), (probe.Kind, probe.IsDriven));
        Assert.Empty(probe.Command);
    }

    [Fact]
    public void What_an_image_of_the_users_own_changes_is_read_as_the_short_settings_are()
    {
        using var file = new DefinitionFile();
        var experiment = file.Experiment($"{Smallest}image: {{blocks: 1, runtimes: [host, runc]}}\n");
        Assert.Equal(1, experiment.Image.Blocks);
        Assert.Equal(["host", "runc"], experiment.Image.Runtimes!.Value);
        Assert.Null(experiment.Image.Userlands);
        Assert.Equal(QuickDefinition.Nothing, experiment.Quick);
    }

    [Theory]
    [InlineData("titel: A sample", "14: unknown key 'titel'")]
    [InlineData("quick:\n  block: 1", "15: unknown key 'block'")]
    [InlineData("title: Twice", "14: Encountered duplicate key title")]
    [InlineData("limits:\n  pids: many", "15: The input string 'many' was not in a correct format.")]
    [InlineData("timed: maybe", "14: The value \"maybe\" is not a valid YAML Boolean")]
    [InlineData("figures: map", "14: expected a list here, e.g. [a, b]")]
    [InlineData("figures: {id: map}", "14: expected a list here, e.g. [a, b]")]
    [InlineData("limits: 64", "14: expected a mapping here, e.g. {key: value}")]
    [InlineData("limits: [64]", "14: expected a mapping here, e.g. {key: value}")]
    [InlineData("warmup: [1]", "14: expected one value here, not a list or a mapping")]
    public void What_yaml_does_not_fit_is_one_line_with_the_line_number(string line, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Equal([$"experiment.yaml:{mistake}"], file.Mistakes(it => it.Experiment($"{Smallest}{line}\n")));
    }

    [Theory]
    [InlineData("blocks: 0", "blocks: must be at least 1")]
    [InlineData("repeat: 0", "repeat: must be at least 1")]
    [InlineData("warmup: -1", "warmup: must be at least 0")]
    [InlineData("quick: {blocks: 0}", "quick.blocks: must be at least 1")]
    [InlineData("limits: {memory: 1GB}", "limits.memory: '1GB' is not a size: write 512B, 64KiB, 256MiB or 1GiB")]
    [InlineData("limits: {pids: 1}", "limits.pids: must be at least 4")]
    [InlineData("metrics: [{id: n, type: integer, meaning: m}]", "metrics.n: type: must be number or text")]
    [InlineData("metrics: [{id: n-n, type: number, meaning: m}]", "metrics.n-n: id: lower-case words joined by '_' are needed")]
    [InlineData("metrics: [{id: n, type: number, meaning: m}, {id: n, type: text, meaning: m}]", "metrics: 'n' is listed twice")]
    [InlineData("metrics: [{id: unavailable, type: text, meaning: m}]", "metrics: 'unavailable' is listed twice")]
    [InlineData("figures: [{id: f, kind: matrix, title: t, caption: c}]", "figures.f: sql: is missing")]
    [InlineData("  - {id: kernel, kind: builtin, command: kernel, about: again}", "probes: 'kernel' is listed twice")]
    [InlineData("  - {id: b, kind: binary, command: b, about: b}", "probes.b: kind: must be builtin, script, exec, program, benchmark, fleet or pull")]
    [InlineData("  - {id: b, kind: pull, command: b, about: b}", "probes.b: command: a pull probe has none")]
    [InlineData("  - {id: b, kind: builtin, about: b}", "probes.b: command: is needed, without tabs and newlines")]
    [InlineData("  - {id: b, kind: exec, command: [], about: b}", "probes.b: command: is needed, without tabs and newlines")]
    [InlineData("  - {id: b, kind: script, command: [b.sh, -x], about: b}", "probes.b: command: only an exec, program or fleet probe takes arguments")]
    [InlineData("  - {id: b, kind: program, command: /bin/b, about: b}", "probes.b: command: must begin with the name of a program of the harness's own: lower-case words joined by '-'")]
    [InlineData("  - {id: b, kind: program, command: agent, about: b}", "probes.b: command: must begin with the name of a program of the harness's own: lower-case words joined by '-'")]
    [InlineData("  - {id: b, kind: builtin, command: b, programs: [clock], about: b}", "probes.b: programs: only a script probe has some beside it")]
    [InlineData("  - {id: b, kind: script, command: b.sh, programs: [/bin/ls], about: b}", "probes.b: programs: must be names of programs of the harness's own: lower-case words joined by '-'")]
    [InlineData("image: {blocks: 0}", "image.blocks: must be at least 1")]
    [InlineData("  - {id: b, kind: builtin, command: b, about: b, timeout: 5}", "probes.b: timeout: '5' is not a duration; use 500ms, 20s, 2m or 1h")]
    [InlineData("  - {id: b, kind: builtin, command: b}", "probes.b: about: is missing")]
    public void A_mistake_is_one_line_that_names_the_key(string line, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Equal([$"experiment.yaml: {mistake}"], file.Mistakes(it => it.Experiment($"{Smallest}{line}\n")));
    }

    [Theory]
    [InlineData("timeout: 5s", "timeout: five", "timeout: 'five' is not a duration; use 500ms, 20s, 2m or 1h")]
    [InlineData("timeout: 5s", "", "timeout: is missing")]
    [InlineData("id: sample", "id: A sample", "id: lower-case words joined by '-' are needed")]
    [InlineData("schema: 1", "schema: 2", "schema: must be 1")]
    [InlineData("title: A sample", "title: ' '", "title: is missing")]
    [InlineData("claims: [C1]", "claims: []", "claims: needs at least one entry")]
    [InlineData("claims: [C1]", "claims: [C1, C1]", "claims: 'C1' is listed twice")]
    [InlineData("runtimes: [runc]", "runtimes: ['a|b']", "matrix.runtimes: entries may not hold '|'")]
    [InlineData("userlands: [debian:12]", "", "matrix.userlands: needs at least one entry, or {tier: core}")]
    public void A_wrong_or_missing_key_is_one_line_that_names_it(string right, string wrong, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Equal([$"experiment.yaml: {mistake}"], file.Mistakes(it => it.Experiment(Smallest.Replace(right, wrong, StringComparison.Ordinal))));
    }

    [Fact]
    public void Several_mistakes_are_reported_at_once_in_the_order_of_the_keys()
    {
        using var file = new DefinitionFile();
        Assert.Equal(
            [
                "experiment.yaml: schema: must be 1",
                "experiment.yaml: title: is missing",
                "experiment.yaml: claims: needs at least one entry",
                "experiment.yaml: matrix.userlands: needs at least one entry, or {tier: core}",
                "experiment.yaml: matrix.runtimes: needs at least one entry",
                "experiment.yaml: blocks: must be at least 1",
                "experiment.yaml: timeout: is missing",
                "experiment.yaml: probes: at least one is needed",
            ],
            file.Mistakes(it => it.Experiment("id: sample\nblocks: 0\n")));
    }

    [Theory]
    [InlineData("  -", "probes.?: id: lower-case words joined by '-' are needed")]
    [InlineData("metrics: [~]", "metrics.?: id: lower-case words joined by '_' are needed")]
    [InlineData("figures: [~]", "figures.?: id: lower-case words joined by '-' are needed")]
    public void An_empty_entry_is_a_mistake_not_a_defect(string line, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.Contains($"experiment.yaml: {mistake}", file.Mistakes(it => it.Experiment($"{Smallest}{line}\n")));
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.StartsWith(
        Path.Combine("nowhere", "experiment.yaml"),
        Assert.Throws<Core.HarnessException>(() => ExperimentReader.Read("nowhere")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("../../etc/shadow")]
    [InlineData("/etc/shadow")]
    [InlineData("probes/../../x.sh")]
    public void A_script_that_lies_elsewhere_is_a_mistake_with_its_line(string script)
    {
        using var file = new DefinitionFile();
        var mistake = Assert.Single(file.Mistakes(it => it.Experiment($"{Smallest}  - {{id: b, kind: script, command: {script}, about: b}}\n")));
        Assert.StartsWith($"experiment.yaml:14: probes.b: command: '{script}' must be a path below ", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: builtin", "kind: 0", "probes.kernel: kind: must be builtin")]
    [InlineData("  runtimes: [runc]", "  runtimes: [runc]\n  exclude: [~]", "matrix.exclude: has an entry without a text")]
    [InlineData("    about: asks the kernel", "    about: asks the kernel\n    cells: [~]", "probes.kernel: cells: has an entry without a text")]
    [InlineData("timeout: 5s", "timeout: 5s\nquick: {variants: [~]}", "quick.variants: has an entry without a text")]
    public void A_number_for_a_word_and_an_entry_without_a_text_are_mistakes(string right, string wrong, string mistake)
    {
        using var file = new DefinitionFile();
        Assert.StartsWith($"experiment.yaml: {mistake}", Assert.Single(file.Mistakes(it => it.Experiment(Smallest.Replace(right, wrong, StringComparison.Ordinal)))), StringComparison.Ordinal);
    }
}
