using System.Globalization;
using System.Text.Json;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Treatments;

/// <summary>What a seccomp profile says of each system call, whoever wrote it: neither the sweep nor the filter's program.</summary>
internal sealed class SeccompRules
{
    private const string ByArguments = "by its arguments";

    private readonly Dictionary<string, List<JsonElement>> _rules = new(StringComparer.Ordinal);
    private readonly string _otherwise;

    /// <param name="seccomp">An object with the default action.</param>
    /// <param name="rules">The rules that apply.</param>
    internal SeccompRules(JsonElement seccomp, IEnumerable<JsonElement> rules)
    {
        _otherwise = Answer(seccomp.GetProperty("defaultAction"), seccomp, "defaultErrnoRet");
        foreach (var rule in rules)
        {
            foreach (var name in rule.GetProperty("names").EnumerateArray().Select(name => name.GetString()!))
            {
                if (!_rules.TryGetValue(name, out var known))
                    _rules[name] = known = [];
                known.Add(rule);
            }
        }
    }

    /// <summary>Compares them with the answers of the filter that a run read from the kernel, call by call of the processor's own entry. Returns how many.</summary>
    internal int RequireSame(IReadOnlyList<Dictionary<string, string>> observations, string trial, string table)
    {
        var answers = new Dictionary<int, string>();
        var conditional = new HashSet<int>();
        foreach (var row in observations.Where(row => row["trial_id"] == trial && row["metric"] == "filter"))
        {
            foreach (var number in row["text"].Split(' ').SelectMany(Numbers))
            {
                if (row["subject"] == "conditional")
                    conditional.Add(number);
                else
                    answers[number] = row["subject"];
            }
        }

        var calls = Calls(table);
        // A runtime answers for calls that are younger than its profile that there is no such call, so that a libc tries an older one.
        var youngest = calls.Where(call => _rules.ContainsKey(call.Name)).Max(call => call.Number);
        var wrong = new List<string>();
        foreach (var (number, name) in calls)
        {
            var expected = !_rules.ContainsKey(name) && number > youngest ? "errno=38" : Of(name);
            if (expected == ByArguments ? !answers.ContainsKey(number) : answers.GetValueOrDefault(number) != expected)
                wrong.Add($"{name}: the profile says {expected}, the filter {answers.GetValueOrDefault(number)}");
            if (expected == ByArguments != conditional.Contains(number))
                wrong.Add($"{name}: the profile says {expected}, the filter {(conditional.Contains(number) ? "looks at arguments" : "does not look at arguments")}");
        }

        Assert.Empty(wrong);
        return calls.Count;
    }

    /// <summary>Where others say something else of a call of the table, arguments included: one line each.</summary>
    internal IReadOnlyList<string> Differences(SeccompRules others, string table) =>
    [
        .. from call in Calls(table)
           let own = Spelled(call.Name)
           let other = others.Spelled(call.Name)
           where own != other
           select $"{call.Name}: {own} / {other}",
    ];

    private static List<(int Number, string Name)> Calls(string table) =>
        [.. Rows.Read(table).Where(row => row["name"].Length > 0).Select(row => (int.Parse(row["number"], CultureInfo.InvariantCulture), row["name"]))];

    // A rule without arguments goes before those that have some.
    private string Of(string name) =>
        !_rules.TryGetValue(name, out var rules) ? _otherwise
        : rules.FirstOrDefault(rule => !HasArguments(rule)) is { ValueKind: JsonValueKind.Object } whole ? Answer(whole.GetProperty("action"), whole, "errnoRet")
        : ByArguments;

    private string Spelled(string name) => Of(name) != ByArguments ? Of(name) : string.Join(" or ", _rules[name].Select(rule =>
        $"{Answer(rule.GetProperty("action"), rule, "errnoRet")} if {string.Join(" and ", rule.GetProperty("args").EnumerateArray().Select(Argument))}").Order(StringComparer.Ordinal));

    private static string Argument(JsonElement argument) => string.Create(
        CultureInfo.InvariantCulture,
        $"argument {argument.GetProperty("index").GetInt32()} {argument.GetProperty("op").GetString()} {argument.GetProperty("value").GetUInt64()} {(argument.TryGetProperty("valueTwo", out var two) ? two.GetUInt64() : 0)}");

    private static bool HasArguments(JsonElement rule) => rule.TryGetProperty("args", out var arguments) && arguments.ValueKind == JsonValueKind.Array && arguments.GetArrayLength() > 0;

    private static string Answer(JsonElement action, JsonElement of, string errno) => action.GetString() switch
    {
        "SCMP_ACT_ALLOW" => "allow",
        "SCMP_ACT_ERRNO" => $"errno={(of.TryGetProperty(errno, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetInt32() : 1).ToString(CultureInfo.InvariantCulture)}",
        var other => other!,
    };

    private static IEnumerable<int> Numbers(string part)
    {
        var ends = part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }
}
