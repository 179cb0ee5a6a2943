namespace Harness.Instruments.Footprint;

/// <summary>One sandbox that holds, and what it occupies on disk.</summary>
internal static class DiskShape
{
    internal static async Task<FleetEnding> RunAsync(FleetTrial trial, CancellationToken cancellation)
    {
        if (trial.Check(1, trial.Ceiling) is { } refusal)
            return FleetEnding.Nothing(refusal);
        await using var fleet = trial.NewFleet();
        if ((await trial.StartAsync(fleet, 1, 1, cancellation)).Refusal is { } reason)
            return FleetEnding.Nothing(reason);
        var member = fleet.Members[0];
        try
        {
            return new FleetEnding(await trial.Witness.DiskAsync(member.Id, member.FirstProcess, cancellation));
        }
        catch (IOException e)
        {
            return FleetEnding.Nothing(new Refusal("failure", e.Message));
        }
    }
}
