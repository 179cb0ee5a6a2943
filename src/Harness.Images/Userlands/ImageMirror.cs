using Harness.Core;

namespace Harness.Images.Userlands;

/// <summary>The user's own copy of userlands: <c>--mirror images=…</c>, as <c>images mirror --to</c> made it.</summary>
public abstract record ImageMirror
{
    /// <summary>The name of the setting.</summary>
    public const string Setting = "images";

    private const string LayoutScheme = "oci:";

    private ImageMirror()
    {
    }

    /// <summary>A registry's folder: <c>localhost:5000/harness</c>.</summary>
    public sealed record InRegistry(string Prefix) : ImageMirror
    {
        /// <inheritdoc/>
        public override string ToString() => Prefix;
    }

    /// <summary>A folder in the format of the OCI image layout.</summary>
    public sealed record InLayout(string Folder) : ImageMirror
    {
        /// <inheritdoc/>
        public override string ToString() => LayoutScheme + Folder;
    }

    /// <summary>Reads <c>HOST[:PORT]/PREFIX</c> or <c>oci:FOLDER</c>.</summary>
    /// <exception cref="HarnessException">It is neither.</exception>
    public static ImageMirror Parse(string text)
    {
        if (text.StartsWith(LayoutScheme, StringComparison.Ordinal) && text.Length > LayoutScheme.Length)
            return new InLayout(Path.GetFullPath(text[LayoutScheme.Length..]));
        var prefix = text.TrimEnd('/');
        var reference = ImageReference.Parse(prefix);
        if (text.Contains("://", StringComparison.Ordinal) || reference.Registry.Length == 0 || reference.Repository != prefix || prefix.Any(char.IsWhiteSpace))
            throw new HarnessException($"'{text}' is not a place for images: write HOST:PORT/PREFIX, for example localhost:5000/harness, or oci:FOLDER");
        return new InRegistry(prefix);
    }
}
