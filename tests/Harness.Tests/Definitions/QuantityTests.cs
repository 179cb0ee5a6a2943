using Harness.Core.Definitions;

namespace Harness.Tests.Definitions;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1ms", 1)]
    [InlineData("500ms", 500)]
    [InlineData("20s", 20_000)]
    [InlineData("0.5s", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("24h", 86_400_000)]
    public void Durations_are_read_in_milliseconds_seconds_minutes_and_hours(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Quantity.Duration(text));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("20")]
    [InlineData("20 s")]
    [InlineData(" 20s")]
    [InlineData("20S")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("0s")]
    [InlineData("0.5ms")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("NaNs")]
    [InlineData("Infinitys")]
    [InlineData("25h")]
    [InlineData("1d")]
    public void What_is_no_duration_is_refused_with_an_example(string text) =>
        Assert.Equal($"'{text}' is not a duration; use 500ms, 20s, 2m or 1h", Assert.Throws<FormatException>(() => Quantity.Duration(text)).Message);

    [Theory]
    [InlineData("1B", 1L)]
    [InlineData("512B", 512L)]
    [InlineData("64KiB", 65_536L)]
    [InlineData("256MiB", 268_435_456L)]
    [InlineData("1GiB", 1_073_741_824L)]
    [InlineData("8589934591GiB", 9_223_372_035_781_033_984L)]
    public void Sizes_are_read_in_binary_units(string text, long bytes) => Assert.Equal(bytes, Quantity.Bytes(text));

    [Theory]
    [InlineData("")]
    [InlineData("B")]
    [InlineData("64")]
    [InlineData("64KB")]
    [InlineData("64 KiB")]
    [InlineData("64kib")]
    [InlineData("0B")]
    [InlineData("-1B")]
    [InlineData("1.5GiB")]
    [InlineData("8589934592GiB")]
    [InlineData("99999999999999999999B")]
    public void What_is_no_size_is_refused_with_an_example(string text) =>
        Assert.Equal($"'{text}' is not a size: write 512B, 64KiB, 256MiB or 1GiB", Assert.Throws<FormatException>(() => Quantity.Bytes(text)).Message);
}
