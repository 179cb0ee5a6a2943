using Harness.Core.Model;
using Harness.Core.Planning;
using Harness.Engines.Connecting;

namespace Harness.Runtimes.Diagnosis;

/// <summary>A row for each engine of a host: what it is, whether a run takes it and why, and what it lacks. Pure.</summary>
internal static class EngineRows
{
    /// <summary>The row of one.</summary>
    /// <param name="engine">It.</param>
    /// <param name="taken">The one that a run takes, or null.</param>
    internal static DoctorRow Of(SurveyedEngine engine, SurveyedEngine? taken)
    {
        var (check, found) = ($"engine at {engine.Where}", engine.Facts is { } facts ? $"{facts.Name} {facts.Version}, by {engine.FoundBy}" : $"by {engine.FoundBy}");
        if (engine.Failure is { } failure)
        {
            var (why, remedy) = Split(failure);
            return new DoctorRow(check, engine.Taken is null ? DoctorStatus.Missing : DoctorStatus.Broken, $"{found}; {why}{Says(engine)}", "", remedy);
        }

        var lacks = Lacks(engine);
        return new DoctorRow(
            check, DoctorStatus.Ok, $"{found}{Says(engine)}{string.Concat(engine.Ran.Select(ran => $"; {ran.Key}: {ran.Value}"))}{(lacks.Length > 0 ? $"; lacks {lacks}" : "")}", "",
            engine.Taken is not null || taken is null ? "" : $"to run it, or to compare it with others, name it: --engine {NameOf(engine)}={AddressOf(engine)}");
    }

    private static string Says(SurveyedEngine engine) => engine.Taken is { } why ? $"; a run takes it: {why}" : "; a run does not take it by itself";

    // Of Podman, which has one runtime a service, the others are no lack: another service has them.
    private static string Lacks(SurveyedEngine engine) => engine.Facts is not { } facts ? "" : string.Join(", ", new[]
    {
        string.Join(" and ", HasOneRuntime(facts) ? [] : KnownRuntimes.Oci.Where(runtime => EngineRuntimes.Name(facts, runtime.Name) is null).Select(runtime => runtime.Name)),
        HasOneRuntime(facts) && facts.Runtimes.Length == 1 ? $"every OCI runtime but {facts.DefaultRuntime}" : "",
        engine.IsHere ? "" : "times that count in comparisons, and what only its host can show (processes, symbols, clocks)",
    }.Where(lack => lack.Length > 0));

    private static bool HasOneRuntime(EngineFacts facts) => KnownEngines.Find(facts.Name) is { OtherRuntime: not null };

    private static string NameOf(SurveyedEngine engine) => engine.Facts?.Name ?? engine.Where.Split('=')[0];

    private static string AddressOf(SurveyedEngine engine) => engine.Where[(engine.Where.IndexOf('=', StringComparison.Ordinal) + 1)..];

    private static (string Why, string Remedy) Split(string failure) =>
        failure.LastIndexOf(": ", StringComparison.Ordinal) is > 0 and var at ? (failure[..at], failure[(at + 2)..]) : (failure, "");
}
