using System.Globalization;
using System.Text;
using Harness.Core.Journaling;
using Harness.Core.Model;
using Harness.Core.Planning;

namespace Harness.Reporting.Model;

/// <summary>The commands that a report prints: what runs the same trials again, and what judges the rows without this program.</summary>
public static class Reproduction
{
    // What names this run or changes nothing of what is run; seed, lock, accelerator and catalogues are said anew.
    private static readonly ImmutableHashSet<string> _leftOut =
        ["--out", "--run-id", "--resume", "--dry-run", "--json", "--no-color", "--seed", "--lock", "--accelerator", "--catalog"];

    /// <summary>
    /// The run's command line again, with what it drew, proved or looked up by itself: seed, accelerator, images. To be called in the
    /// repository, with the run's folder in <c>results/</c>.
    /// </summary>
    public static string Command(RunFacts facts)
    {
        var arguments = RunArguments.Parse(facts.Plan.Arguments);
        IEnumerable<string> words = ["harness", arguments.Command is { Length: > 0 } command ? command : "run"];
        words = words.Concat(arguments.Command.Length > 0 ? arguments.Experiments : facts.Plan.Experiments);
        foreach (var (name, value) in arguments.Options.Where(option => !_leftOut.Contains(option.Name)))
        {
            words = words.Concat(value is null ? [name] : [name, value]);
        }

        words = words.Concat(["--seed", facts.Plan.Seed.ToString(CultureInfo.InvariantCulture)]);
        if (facts.Plan.Trials.Select(trial => Cell.Parse(trial.Cell).Accelerator).Where(name => name.Length > 0).Distinct().ToList() is [var accelerator])
        {
            words = words.Concat(["--accelerator", accelerator]);
        }

        for (var number = 1; File.Exists(Path.Combine(facts.Folder.Definitions, DefinitionsCopy.CatalogueName(number))); number++)
        {
            words = words.Concat(["--catalog", $"results/{facts.Plan.RunId}/definitions/{DefinitionsCopy.CatalogueName(number)}"]);
        }

        if (File.Exists(facts.Folder.UserlandsLock))
        {
            words = words.Concat(["--lock", facts.Plan.RunId]);
        }

        return string.Join(' ', words.Select(Quoted));
    }

    /// <summary>A line of shell an experiment: its SQL, in a database of its own, as the names of one are not free for the next.</summary>
    public static IEnumerable<string> Judging(RunFacts facts) => facts.Experiments.Select(experiment => Judging(experiment.Id));

    /// <summary>The line of one experiment.</summary>
    public static string Judging(string experiment) => $"(cat definitions/schema.sql definitions/{experiment}/verdict.sql; echo 'FROM verdict;') | duckdb";

    /// <summary>A word as a POSIX shell reads it back; one with control characters as bash does.</summary>
    internal static string Quoted(string word)
    {
        if (word.Length > 0 && word.All(character => char.IsAsciiLetterOrDigit(character) || "-_./:=@%+,".Contains(character, StringComparison.Ordinal)))
        {
            return word;
        }

        if (!word.EnumerateRunes().Any(IsUnseen))
        {
            return $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
        }

        var escaped = new StringBuilder("$'");
        foreach (var rune in word.EnumerateRunes())
        {
            escaped.Append(IsUnseen(rune) ? string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}") : rune.Value is '\'' or '\\' ? $"\\{rune}" : rune.ToString());
        }

        return escaped.Append('\'').ToString();
    }

    private static bool IsUnseen(Rune rune) =>
        Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
