namespace Streamx.Hosting.Dashboard.Tests.Sampling;

public class DurationHistogramTests
{
    private readonly DurationHistogram _histogram = new();

    [Fact]
    public void Percentile_OfNothing_IsNothing()
    {
        Assert.Null(_histogram.Percentile(0.95));
    }

    [Theory]
    [InlineData(0.00002)]
    [InlineData(0.05)]
    [InlineData(5)]
    [InlineData(120)]
    public void Percentile_OfOneDuration_IsThat_WithinATenth(double duration)
    {
        _histogram.Record(duration);

        Assert.InRange(_histogram.Percentile(0.95)!.Value, duration * 0.9, duration * 1.1);
    }

    [Fact]
    public void Percentile_IsWhatSoManyDidNotExceed()
    {
        for (var number = 0; number < 95; number++) _histogram.Record(0.001);
        for (var number = 0; number < 5; number++) _histogram.Record(1);

        Assert.InRange(_histogram.Percentile(0.95)!.Value, 0.0009, 0.0011);
        Assert.InRange(_histogram.Percentile(0.96)!.Value, 0.9, 1.1);
    }

    [Fact]
    public void Seconds_ThatAreLongOver_NoLongerCount()
    {
        _histogram.Record(1);
        for (var second = 0; second < DurationHistogram.Seconds - 1; second++) _histogram.EndSecond();
        var before = _histogram.Percentile(0.95);
        _histogram.EndSecond();

        Assert.NotNull(before);
        Assert.Null(_histogram.Percentile(0.95));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e9)]
    public void Record_WhatFitsNoBucket_CountsForTheNearest(double duration)
    {
        _histogram.Record(duration);

        Assert.NotNull(_histogram.Percentile(0.5));
    }
}
