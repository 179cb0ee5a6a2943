using System.Globalization;
using System.Text.Json;
using Harness.Cli;
using Harness.Core.Sharding;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness plan --shards</c>: the parts of a plan.</summary>
internal static class ShardsAnswer
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Prints them: a table for people; as JSON on one line, in the form that GitHub Actions takes as a matrix.</summary>
    internal static void Show(ShardedPlan plan, Terminal terminal, bool json)
    {
        var parts = Enumerable.Range(1, plan.Count).Select(index => (Shard: new Shard(index, plan.Count), Plan: plan.Part(index), Seconds: plan.Costs[index - 1])).ToList();
        if (json)
        {
            terminal.Answer(JsonSerializer.Serialize(
                new { Include = parts.Where(part => part.Plan is not null).Select(part => new { Shard = part.Shard.ToString(), Trials = part.Plan!.Trials.Count(), Seconds = (int)Math.Ceiling(part.Seconds) }) },
                _json));
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("shard", "trials", "expected", "blocks of timed experiments", "userlands");
        foreach (var (shard, part, seconds) in parts)
        {
            table.AddRow(
                shard.ToString(),
                part is null ? "-" : Number(part.Trials.Count()),
                part is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds / 60):0} min"),
                part is null ? "-" : Number(part.Sandboxes.Where(sandbox => sandbox.Exclusive && !sandbox.Warmup).Select(sandbox => (sandbox.Experiment, sandbox.Block)).Distinct().Count()),
                part is null ? "-" : Number(part.Sandboxes.Where(sandbox => !sandbox.Exclusive && sandbox.Cell.Userland != Core.Model.Cell.HostUserland).Select(sandbox => sandbox.Cell.Userland).Distinct().Count()));
        }

        terminal.Out.Write(table);
        if (parts.Any(part => part.Plan is null))
            terminal.Answer("parts with - have nothing to run: the plan has fewer blocks and userlands; use fewer parts");
        terminal.Answer("expected: at this host's pace, one part at a time; every part needs the same --seed");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
