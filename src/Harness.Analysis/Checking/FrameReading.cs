using System.Globalization;
using Harness.Analysis.Tables;
using Harness.Core.Definitions;
using Harness.Core.Model;
using Harness.Core.Protocol;
using Harness.Core.Running;

namespace Harness.Analysis.Checking;

/// <summary>What one sandbox's frames say of its trials: read again under the key, by what made the rows of them in the first place.</summary>
internal sealed class FrameReading
{
    private const int PieceBytes = 64 * 1024;

    private readonly ImmutableArray<TrialResult> _results;
    private readonly ImmutableArray<bool> _haveEnds;

    private FrameReading(ImmutableArray<TrialResult> results, ImmutableArray<bool> haveEnds, ProtocolError? error) =>
        (_results, _haveEnds, Error) = (results, haveEnds, error);

    /// <summary>Why the stream is not whole; null where it is.</summary>
    internal ProtocolError? Error { get; }

    /// <summary>Reads a sandbox's frames.</summary>
    /// <param name="path">The frames' file.</param>
    /// <param name="key">Its key.</param>
    /// <param name="trials">Its trials, in the order in which the agent had them.</param>
    /// <param name="experiment">Their experiment, as the run kept it.</param>
    internal static FrameReading Read(string path, ChannelKey key, ImmutableArray<PlannedTrial> trials, ExperimentDefinition experiment)
    {
        var reader = new FrameReader(key);
        var assembler = new TrialAssembler(trials, experiment, TimeProvider.System);
        using (var file = File.OpenRead(path))
        {
            var piece = new byte[PieceBytes];
            int count;
            while (reader.Error is null && (count = file.Read(piece)) > 0)
            {
                foreach (var frame in reader.Push(piece.AsSpan(0, count)))
                {
                    assembler.Take(frame);
                }
            }
        }

        var error = reader.Complete();
        // How the sandbox ended is not among the frames: it matters only where a trial's own end is not either, and there a crash is the
        // end that leaves as many readings as there can be.
        var results = assembler.Finish(new SandboxEnd.Crashed(""), error, "", "");
        return new FrameReading(results, [.. trials.Select((_, index) => assembler.HasEnd(index))], error);
    }

    /// <summary>What of a trial's row is not what the frames say; null where all of it is.</summary>
    /// <param name="index">The trial's, among the sandbox's.</param>
    /// <param name="row">Its row.</param>
    internal string? Difference(int index, TrialRow row)
    {
        var said = _results[index];
        // What the sandbox was is not the agent's to know: where it was not what its cell says, nothing of what it said became a row.
        if (IsContradicted(row))
        {
            return null;
        }

        if (said.Outcome != Outcome.Broken && !_haveEnds[index])
        {
            // The agent did not live to tell: then neither status nor time can be known, and the sandbox's own end decided.
            return row is { Outcome: Outcome.Broken or Outcome.Crashed or Outcome.Timeout or Outcome.Refused, ExitCode: null, DurationNs: null }
                ? null
                : $"says {row.Outcome.Text()}, but the frames hold no end of it";
        }

        return Differs("outcome", row.Outcome.Text(), said.Outcome.Text())
            ?? Differs("exit_code", Text(row.ExitCode), Text(said.ExitCode))
            ?? Differs("signal", Text(row.Signal), Text(said.Signal))
            ?? Differs("duration_ns", Text(row.DurationNs), Text(said.DurationNs));
    }

    /// <summary>Whether a row says of its trial that its sandbox was not what its cell says.</summary>
    internal static bool IsContradicted(TrialRow row) =>
        row is { Outcome: Outcome.Broken, ExitCode: null, Signal: null, DurationNs: null } && row.Detail.StartsWith(Treatments.ContradictionStart, StringComparison.Ordinal);

    /// <summary>The readings that a trial's row must have first, in this order.</summary>
    internal ImmutableArray<Observation> Readings(int index, TrialRow row) => row.Outcome.IsMeasured() ? _results[index].Observations : [];

    private static string? Differs(string column, string row, string said) =>
        row == said ? null : $"{column} is {Shown(row)}, the frames say {Shown(said)}";

    private static string Shown(string text) => text.Length > 0 ? text : "nothing";

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
