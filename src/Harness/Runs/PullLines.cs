using System.Globalization;
using Harness.Images.Userlands;

namespace Harness.Runs;

/// <summary>How far pulls are, as a plain line now and then.</summary>
/// <param name="write">Writes a line.</param>
/// <param name="time">The clock.</param>
public sealed class PullLines(Action<string> write, TimeProvider time) : IProgress<PullState>
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();

    /// <inheritdoc/>
    public void Report(PullState value)
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_last) < _interval && (value.ImagesPlanned == 0 || value.Images < value.ImagesPlanned))
            {
                return;
            }

            _last = time.GetTimestamp();
            write(Text(value));
        }
    }

    /// <summary>The line: images, bytes, and what is left by the rate so far.</summary>
    public static string Text(PullState state)
    {
        var images = state.ImagesPlanned > 0 ? $"{state.Images} of {state.ImagesPlanned} images" : $"{state.Images} images";
        var isDone = state.ImagesPlanned > 0 && state.Images >= state.ImagesPlanned;
        var left = state.Left is { } time && !isDone ? $", about {Math.Ceiling(time.TotalSeconds)} s left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"pulling: {images}, {state.Bytes / 1e6:0.0} of {Math.Max(state.Bytes, state.BytesPlanned) / 1e6:0.0} MB{left}");
    }
}
