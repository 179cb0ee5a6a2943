namespace Harness.Core.Planning;

/// <summary>A command line as a run records it: which command, which experiments, and each option with its value.</summary>
/// <param name="Command"><c>run</c>, <c>all</c>, or empty where none was recorded.</param>
/// <param name="Experiments">As they were named.</param>
/// <param name="Options">In their order; the value is null for a switch.</param>
public sealed record RunArguments(string Command, ImmutableArray<string> Experiments, ImmutableArray<(string Name, string? Value)> Options)
{
    private static readonly ImmutableHashSet<string> _switches = ["--quick", "--resume", "--provision", "--dry-run", "--json", "--no-color", "--keep-images", "--allow-unconfined", "--trust-definitions"];

    private static readonly ImmutableHashSet<string> _planned =
    [
        "--quick", "--seed", "--repeat", "--filter", "--userland", "--tier", "--kernel", "--runtime", "--accelerator", "--image", "--catalog", "--timeout", "--lock", "--shard", "--costs",
    ];

    /// <summary>Reads the words that a run recorded.</summary>
    public static RunArguments Parse(IReadOnlyList<string> words)
    {
        var experiments = ImmutableArray.CreateBuilder<string>();
        var options = ImmutableArray.CreateBuilder<(string, string?)>();
        var command = "";
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i].StartsWith("--", StringComparison.Ordinal))
            {
                var hasValue = !_switches.Contains(words[i]) && i + 1 < words.Count;
                options.Add((words[i], hasValue ? words[i + 1] : null));
                i += hasValue ? 1 : 0;
            }
            else if (command.Length == 0)
            {
                command = words[i];
            }
            else
            {
                experiments.Add(words[i]);
            }
        }

        return new RunArguments(command, experiments.ToImmutable(), options.ToImmutable());
    }

    /// <summary>Whether they choose nothing of what is run: then they fit any run.</summary>
    public bool ChoosesNothing => Command != "all" && Experiments.IsEmpty && Choices.IsEmpty;

    /// <summary>What of them decides what is run: experiments, cells, order, images.</summary>
    private ImmutableArray<string> Choices =>
        [.. Options.Where(option => _planned.Contains(option.Name)).Select(option => $"{option.Name} {option.Value}".TrimEnd()).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The engines that they name. Where one listens may change, what it is called may not: cells bear it.</summary>
    public EngineArguments Engines => EngineArguments.Parse([.. Options.Where(option => option is { Name: "--engine", Value: not null }).Select(option => option.Value!)]);

    private string What => string.Join(' ', Experiments.Prepend(Command));

    /// <summary>The engines of a run that is continued: those named now, else those that it began with.</summary>
    /// <param name="began">What the run began with.</param>
    /// <exception cref="HarnessException">They are others than the run began with, or where one listens was not recorded.</exception>
    public EngineArguments EnginesOf(RunArguments began)
    {
        var (now, then) = (Engines, began.Engines);
        if (then.Named.IsEmpty && now.Named.IsEmpty)
            return now;
        if (!now.IsNone && !now.Named.Select(engine => engine.Name).ToHashSet().SetEquals(then.Named.Select(engine => engine.Name)))
            throw new HarnessException($"the run began with {Names(then)}, not with {Names(now)}: give --engine with the same names, or leave it out");
        // Logins are kept out of a run's folder.
        var engines = now.IsNone ? then : now;
        return engines.Named.FirstOrDefault(engine => engine.Where.Contains("<redacted>", StringComparison.Ordinal)) is { } hidden
            ? throw new HarnessException($"where the engine {hidden.Name} listens holds a login, which no run records: give all of the run's engines again, this one as --engine {hidden.Name}=…")
            : engines;
    }

    private static string Names(EngineArguments engines) => engines.Named.IsEmpty ? "one engine without a name" : $"the engines {string.Join(", ", engines.Named.Select(engine => engine.Name))}";

    /// <summary>What differs between the choices of two command lines, in words; null where nothing does.</summary>
    /// <param name="began">What the run began with.</param>
    public string? DifferenceFrom(RunArguments began)
    {
        string[] differences =
        [
            .. What == began.What ? Array.Empty<string>() : [$"began as '{began.What}' and not '{What}'"],
            .. Only("began with", began.Choices.Except(Choices)),
            .. Only("began without", Choices.Except(began.Choices)),
        ];
        return differences.Length == 0 ? null : string.Join(", ", differences);

        static IEnumerable<string> Only(string words, IEnumerable<string> choices) => choices.Select(choice => $"{words} '{choice}'");
    }
}
