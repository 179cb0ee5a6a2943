using System.CommandLine;
using Harness.Core;
using Harness.Core.Definitions;

namespace Harness.Cli;

/// <summary>Which userlands a command is about: ids, or a tier.</summary>
public sealed class UserlandChoice
{
    /// <summary>Those fit for short runs.</summary>
    public const string Quick = "quick";

    /// <summary>The whole catalogue, with the userlands that belong to no tier.</summary>
    public const string All = "all";

    private readonly Argument<string[]> _ids;
    private readonly Option<string> _tier;
    private readonly Func<UserlandDefinition, bool> _among;

    /// <summary>A choice.</summary>
    /// <param name="otherwise">The tier where nothing is named.</param>
    /// <param name="among">Which userlands a tier means here; those named by id are taken as they are.</param>
    public UserlandChoice(string otherwise, Func<UserlandDefinition, bool>? among = null)
    {
        _among = among ?? (_ => true);
        _ids = new Argument<string[]>("userland") { Description = "Ids of userlands (default: the tier).", Arity = ArgumentArity.ZeroOrMore };
        _tier = new Option<string>("--tier") { HelpName = "quick|core|full|all", Description = "Userlands of a tier, where none is named.", DefaultValueFactory = _ => otherwise }.AcceptOnlyFromAmong([.. Options.Tiers, All]);
    }

    /// <summary>Adds argument and option to a command.</summary>
    public Command AddTo(Command command)
    {
        command.Arguments.Add(_ids);
        command.Options.Add(_tier);
        return command;
    }

    /// <summary>Whether userlands were named one by one.</summary>
    public bool IsNamed(ParseResult result) => result.GetValue(_ids) is { Length: > 0 };

    /// <summary>The userlands.</summary>
    /// <exception cref="HarnessException">An id is unknown.</exception>
    public ImmutableArray<UserlandDefinition> Choose(ParseResult result, UserlandCatalogue catalogue) => IsNamed(result)
        ? [.. result.GetValue(_ids)!.Distinct().Select(id => catalogue.Find(id) ?? throw new HarnessException($"there is no userland '{id}'; 'harness list' shows the known ones, --catalog FILE adds some"))]
        : [.. catalogue.Userlands.Where(_among).Where(userland => result.GetValue(_tier) == All || userland.Tier >= Options.TierOf(result.GetValue(_tier)!))];
}
