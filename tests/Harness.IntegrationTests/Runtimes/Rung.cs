using System.Collections.Immutable;
using System.Runtime.Versioning;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;
using Harness.Runtimes;

namespace Harness.IntegrationTests.Runtimes;

/// <summary>One timed start on a rung of the ladder, and what came of it.</summary>
[SupportedOSPlatform("linux")]
internal static class Rung
{
    internal static readonly BuiltinProbe Start = new(0, TimeSpan.FromSeconds(20), 4096, "start");

    internal static async Task<(SandboxEnd End, KeptChannel Channel)> Run(RuntimeSet set, Cell cell, AgentProbe? probe = null, double seconds = 60)
    {
        var preparation = await set.Find(cell)!.PrepareAsync(cell, new Progress<string>(), TestContext.Current.CancellationToken);
        Assert.True(preparation is Preparation.Ready, (preparation as Preparation.Unavailable)?.Reason);
        var plan = AgentRun.Plan(probe ?? Start);
        var channel = new KeptChannel(AgentRun.Key);
        return (await set.Find(cell)!.RunAsync(EngineMachine.Request(cell, plan, seconds) with { Timed = true }, channel, TestContext.Current.CancellationToken), channel);
    }

    internal static ImmutableDictionary<string, long> Stamps(SandboxEnd end) =>
        end.HostReadings.Where(reading => reading.Metric == "stamp_ns").ToImmutableDictionary(reading => reading.Subject, reading => (long)reading.Value!);

    internal static string Output(KeptChannel channel) =>
        string.Concat(channel.Frames.OfType<OutputFrame>().Where(frame => frame.Channel == 1).Select(frame => frame.Bytes.ToString())).Trim();
}
