using System.Runtime.CompilerServices;

namespace Harness.Reporting.Model;

/// <summary>A piece of a passage. Its texts may hold anything: each writer shows them as they are.</summary>
public abstract record Inline
{
    private Inline()
    {
    }

    /// <summary>Text as it is.</summary>
    public sealed record Plain(string Text) : Inline;

    /// <summary>A name, a command, a cell.</summary>
    public sealed record Code(string Text) : Inline;

    /// <summary>What a reader looks for first.</summary>
    public sealed record Strong(string Text) : Inline;

    /// <summary>A file of the run's folder.</summary>
    /// <param name="Text">What is shown.</param>
    /// <param name="Target">Its path, relative to the folder, with <c>/</c>.</param>
    public sealed record Link(string Text, string Target) : Inline;
}

/// <summary>A sentence, or what stands in a table's place: pieces in order.</summary>
/// <param name="Parts">The pieces.</param>
[CollectionBuilder(typeof(Passage), nameof(Create))]
public sealed record Passage(ImmutableArray<Inline> Parts) : IEnumerable<Inline>
{
    /// <summary>Of its pieces: <c>[new Inline.Code("debian:12"), …]</c>.</summary>
    public static Passage Create(ReadOnlySpan<Inline> parts) => new(ImmutableArray.Create(parts));

    /// <summary>Of plain text.</summary>
    public static Passage FromString(string text) => new(ImmutableArray.Create<Inline>(new Inline.Plain(text)));

    /// <summary>Of plain text.</summary>
    public static implicit operator Passage(string text) => FromString(text);

    /// <inheritdoc/>
    public IEnumerator<Inline> GetEnumerator() => Parts.AsEnumerable().GetEnumerator();

    /// <inheritdoc/>
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
