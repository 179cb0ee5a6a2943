namespace Harness.Core;

/// <summary>The program's exit codes, one meaning each.</summary>
public static class ExitCode
{
    /// <summary>All well.</summary>
    public const int Ok = 0;

    /// <summary>A gate the user asked for did not hold: <c>verify</c>, <c>--require</c>, <c>--min-coverage</c>, <c>--fail-on</c>.</summary>
    public const int GateFailed = 1;

    /// <summary>Some trials are <see cref="Model.Outcome.Broken"/>.</summary>
    public const int SomeBroken = 2;

    /// <summary>The command line, a definition or the machine's configuration is wrong.</summary>
    public const int Usage = 3;

    /// <summary>A defect of the harness, or part of a run's results that could not be derived: the report says which.</summary>
    public const int Internal = 4;

    /// <summary>Nothing was measured.</summary>
    public const int NothingMeasured = 5;

    /// <summary>A part of a plan (<c>--shard</c>) that has nothing to run, since the plan has fewer blocks and userlands than parts.</summary>
    public const int NothingToRun = 6;

    /// <summary>Interrupted; what was committed stays and can be resumed.</summary>
    public const int Interrupted = 130;
}

/// <summary>A mistake or lack that the user can fix: the message is one line and names the remedy.</summary>
public class HarnessException(string message, Exception? inner = null) : Exception(message, inner);
