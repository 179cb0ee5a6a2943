namespace Harness.Reporting.Model;

/// <summary>What a section is made of. Both writers know every kind: what is made of them is in both reports.</summary>
public abstract record Block
{
    private Block()
    {
    }

    /// <summary>A sentence or several.</summary>
    public sealed record Paragraph(Passage Words) : Block;

    /// <summary>Remarks, one an item.</summary>
    public sealed record Bullets(ImmutableArray<Passage> Items) : Block;

    /// <summary>Lines to copy.</summary>
    /// <param name="Language">As <c>sh</c>.</param>
    /// <param name="Text">Lines joined by <c>\n</c>.</param>
    public sealed record Lines(string Language, string Text) : Block;

    /// <summary>A table. One whose columns have no titles names things in its first column.</summary>
    /// <param name="Name">What it shows, for a reader who hears it.</param>
    /// <param name="Columns">Left to right.</param>
    /// <param name="Rows">One passage a column.</param>
    public sealed record Grid(string Name, ImmutableArray<Column> Columns, ImmutableArray<ImmutableArray<Passage>> Rows) : Block;
}

/// <summary>A table's column.</summary>
/// <param name="Title">Its heading; empty in a table of names and values.</param>
/// <param name="IsNumber">Set flush right.</param>
public sealed record Column(string Title, bool IsNumber = false);

/// <summary>A section about the run as a whole.</summary>
/// <param name="Id">Its anchor: lower-case words joined by <c>-</c>.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Blocks">What stands in it.</param>
public sealed record Section(string Id, string Title, ImmutableArray<Block> Blocks);
