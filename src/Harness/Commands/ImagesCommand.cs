using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Harness.Cli;
using Harness.Core;
using Harness.Core.Definitions;
using Harness.Host.Processes;
using Harness.Images;
using Harness.Images.Userlands;
using Harness.Runs;
using Harness.Runtimes;
using Spectre.Console;

namespace Harness.Commands;

/// <summary><c>harness images</c>: userlands' images before and beside runs.</summary>
public static class ImagesCommand
{
    // More than registries serve at a time, so that what is made from packages need not wait for them.
    private const int AtATime = 4;

    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>The command with its parts.</summary>
    public static Command Create(Options options, Terminal terminal)
    {
        var command = new Command("images", "List, fetch, make, lock and copy the images of userlands; with --kernels, the kernels that VMs boot.")
        {
            CreateList(options, terminal),
            CreateGet("pull", "Fetch userland images the way a run would (engine, then registries, then packages). Exits 1 if any is unavailable.", options, terminal, (set, userland, cancellation) => set.ResolveAsync(userland.Id, cancellation), parallel: AtATime),
            CreateGet("bootstrap", "Make userlands from packages and put them into the engine, even if a registry has them. Exits 1 if one cannot be made.", options, terminal, (set, userland, cancellation) => set.BootstrapAsync(userland, cancellation), parallel: 1, userland => userland.Bootstrap is not null),
            CreateLock(options, terminal),
            CreateMirror(options, terminal),
        };
        KernelsAnswer.AddTo(command, options, terminal);
        return command;
    }

    private static Command CreateList(Options options, Terminal terminal)
    {
        var choice = new UserlandChoice(UserlandChoice.All);
        var ask = new Option<bool>("--remote") { Description = "Ask registries for what is not here." };
        var command = choice.AddTo(new Command("list", "Show where each userland is: engine, cache, registry or nowhere. Fetches nothing.") { ask, options.Catalog, options.Engine, options.Json });
        command.SetAction(async (result, cancellation) =>
        {
            var session = ImageSession.Read(result, options, terminal, null);
            await using var set = await session.OpenAsync(needsEngine: false, cancellation);
            var rows = new List<ImageRow>();
            await foreach (var row in set.InventoryAsync(choice.Choose(result, session.Catalogue), result.GetValue(ask), cancellation))
            {
                rows.Add(row);
            }

            if (result.GetValue(ask))
            {
                foreach (var allowed in await set.AllowancesAsync(rows.Where(row => row.Where == ImagePlace.Registry), cancellation))
                {
                    terminal.Message(allowed);
                }
            }

            if (result.GetValue(options.Json))
            {
                terminal.Answer(JsonSerializer.Serialize(rows.Select(row => new { row.Id, Where = Lower(row.Where), row.Reference, row.Digest, row.Size, row.Detail }), _json));
                return ExitCode.Ok;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumns("userland", "where", "size", "digest", "reference");
            foreach (var row in rows)
            {
                var cells = new[] { row.Id, Lower(row.Where), Size(row.Size), row.Digest is { Length: > 19 } digest ? digest[..19] : "", row.Reference ?? row.Detail };
                table.AddRow([.. cells.Select(Markup.Escape)]);
            }

            terminal.Out.Write(table);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateGet(
        string name,
        string description,
        Options options,
        Terminal terminal,
        Func<RuntimeSet, UserlandDefinition, CancellationToken, Task<UserlandResolution>> get,
        int parallel,
        Func<UserlandDefinition, bool>? among = null)
    {
        var choice = new UserlandChoice(UserlandChoice.Quick, among);
        var command = choice.AddTo(new Command(name, description) { options.Catalog, options.Engine, options.Mirror, options.Pull, options.Lock, options.Provision });
        command.SetAction(async (result, cancellation) =>
        {
            var session = ImageSession.Read(result, options, terminal, result.GetValue(options.Lock));
            var chosen = choice.Choose(result, session.Catalogue);
            await using var set = await session.OpenAsync(needsEngine: true, cancellation, chosen);
            var found = await session.GetAsync(chosen, userland => get(set, userland, cancellation), parallel, cancellation);
            foreach (var image in found)
            {
                terminal.Answer($"{image.Lock.Id} {image.Lock.Image} {image.Lock.Digest}");
            }

            return found.Length == chosen.Length ? ExitCode.Ok : ExitCode.GateFailed;
        });
        return command;
    }

    private static Command CreateLock(Options options, Terminal terminal)
    {
        var choice = new UserlandChoice(UserlandChoice.Quick);
        var command = choice.AddTo(new Command("lock", "Write which image each userland is, for 'run --lock'. Entries of other userlands stay. Exits 1 if any is unavailable.")
        {
            options.Catalog, options.Engine, options.Mirror, options.Pull, options.Lock, options.Provision,
        });
        command.SetAction(async (result, cancellation) =>
        {
            var session = ImageSession.Read(result, options, terminal, null);
            var file = result.GetValue(options.Lock) is { } named ? Path.GetFullPath(named) : session.DefaultLock;
            // Read before anything is fetched: a file that is no lock must not be found out at the end.
            if (File.Exists(file))
            {
                ImageLock.Read(file, isComplete: false);
            }

            var chosen = choice.Choose(result, session.Catalogue);
            await using var set = await session.OpenAsync(needsEngine: true, cancellation, chosen);
            var found = await session.GetAsync(chosen, userland => set.ResolveAsync(userland.Id, cancellation), AtATime, cancellation);
            ImageLock.Write(file, [.. found.Select(image => image.Lock)]);
            terminal.Answer(string.Create(CultureInfo.InvariantCulture, $"{file}: {found.Length} of {chosen.Length} userlands locked"));
            return found.Length == chosen.Length ? ExitCode.Ok : ExitCode.GateFailed;
        });
        return command;
    }

    private static Command CreateMirror(Options options, Terminal terminal)
    {
        var to = new Option<string>("--to") { HelpName = "WHERE", Description = "HOST:PORT/PREFIX of a registry, for example localhost:5000/harness, or oci:DIR.", Required = true };
        var choice = new UserlandChoice(UserlandChoice.All);
        var command = choice.AddTo(new Command("mirror", "Copy the images of a lock to your own registry or a folder; 'run --mirror images=WHERE' takes them from there. Exits 1 if one cannot be copied.")
        {
            to, options.Catalog, options.Engine, options.Mirror, options.Pull, options.Lock, options.Provision,
        });
        command.SetAction(async (result, cancellation) =>
        {
            var target = ImageMirror.Parse(result.GetValue(to)!);
            var session = ImageSession.Read(result, options, terminal, result.GetValue(options.Lock) ?? ImageSession.Default);
            ImmutableArray<UserlandDefinition> chosen = [.. choice.Choose(result, session.Catalogue).Where(userland => choice.IsNamed(result) || session.Lock!.Find(userland.Id) is not null)];
            await using var set = await session.OpenAsync(needsEngine: true, cancellation, chosen);
            var found = await session.GetAsync(chosen, userland => set.ResolveAsync(userland.Id, cancellation), AtATime, cancellation);
            var copied = 0;
            foreach (var image in found)
            {
                try
                {
                    terminal.Message($"copying {image.Lock.Id}");
                    terminal.Answer($"{image.Lock.Id} {await set.CopyAsync(image, target, cancellation)}");
                    copied++;
                }
                catch (HarnessException e)
                {
                    terminal.Fail($"{image.Lock.Id}: {e.Message}");
                }
            }

            return copied == chosen.Length ? ExitCode.Ok : ExitCode.GateFailed;
        });
        return command;
    }

    private static string Lower(ImagePlace place) => place.ToString().ToLowerInvariant();

    private static string Size(long? bytes) => bytes is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size / 1e6:0.0} MB") : "";
}
