using System.Globalization;
using System.Text.Json;
using Harness.IntegrationTests.Cli;

namespace Harness.IntegrationTests.Treatments;

/// <summary>The system calls that an engine told a runtime to let through, as the container's folder has it: neither the sweep nor the filter's program says so.</summary>
internal sealed class HandedProfile
{
    private readonly Dictionary<string, List<JsonElement>> _rules = new(StringComparer.Ordinal);
    private readonly string _otherwise;

    /// <param name="config">What the runtime was told, as OCI has it.</param>
    internal HandedProfile(string config)
    {
        using var json = JsonDocument.Parse(config);
        var seccomp = json.RootElement.GetProperty("linux").GetProperty("seccomp").Clone();
        _otherwise = Answer(seccomp.GetProperty("defaultAction"), seccomp, "defaultErrnoRet");
        foreach (var rule in seccomp.GetProperty("syscalls").EnumerateArray())
        {
            foreach (var name in rule.GetProperty("names").EnumerateArray().Select(name => name.GetString()!))
            {
                if (!_rules.TryGetValue(name, out var rules))
                    _rules[name] = rules = [];
                rules.Add(rule);
            }
        }
    }

    /// <summary>Compares it with the answers of the filter that a run read, call by call of the processor's own entry. Returns how many.</summary>
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

        var calls = Rows.Read(table).Where(row => row["name"].Length > 0).Select(row => (Number: int.Parse(row["number"], CultureInfo.InvariantCulture), Name: row["name"])).ToList();
        // A runtime answers for calls that are younger than its profile that there is no such call, so that a libc tries an older one.
        var youngest = calls.Where(call => _rules.ContainsKey(call.Name)).Max(call => call.Number);
        var wrong = new List<string>();
        foreach (var (number, name) in calls)
        {
            var expected = !_rules.TryGetValue(name, out var rules) ? (number > youngest ? "errno=38" : _otherwise)
                : rules.FirstOrDefault(rule => !HasArguments(rule)) is { ValueKind: JsonValueKind.Object } whole ? Answer(whole.GetProperty("action"), whole, "errnoRet")
                : "by its arguments";
            if (expected == "by its arguments" ? !answers.ContainsKey(number) : answers.GetValueOrDefault(number) != expected)
                wrong.Add($"{name}: the profile says {expected}, the filter {answers.GetValueOrDefault(number)}");
            if (expected == "by its arguments" != conditional.Contains(number))
                wrong.Add($"{name}: the profile says {expected}, the filter {(conditional.Contains(number) ? "looks at arguments" : "does not look at arguments")}");
        }

        Assert.Empty(wrong);
        return calls.Count;
    }

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
