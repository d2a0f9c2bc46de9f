using Microsoft.Extensions.Options;
using Streamx.Hosting.Sqlite.Tests.EndToEnd;

namespace Streamx.Hosting.Sqlite.Tests.Options;

public sealed class SqliteOptionsTests : IDisposable
{
    private readonly TestFile _file = new();

    [Theory]
    [InlineData("Path", "", "is empty; it has to name a file.")]
    [InlineData("Path", ":memory:", "it has to name a file on a disk")]
    [InlineData("Path", "file:orders.db", "it has to name a file on a disk")]
    [InlineData("Path", "orders/", "it has to name a file.")]
    [InlineData("Synchronous", "7", "it has to be Full or Normal.")]
    [InlineData("Consumers:0", " ", "is empty.")]
    [InlineData("InstanceId", " ", "is empty.")]
    [InlineData("MaxValueBytes", "1023", "it has to be from 1024 to 536870912.")]
    [InlineData("MaxValueBytes", "536870913", "it has to be from 1024 to 536870912.")]
    [InlineData("MaxBytesUnderWay", "1023", "it has to be from 1024 to 17179869184.")]
    [InlineData("Retention", "-00:00:01", "it has to be from 00:00:00 to 3653.00:00:00.")]
    [InlineData("Retention", "3653.00:00:01", "it has to be from 00:00:00 to 3653.00:00:00.")]
    [InlineData("Lease", "00:00:00.9", "it has to be from 00:00:01 to 00:10:00.")]
    [InlineData("Lease", "00:10:01", "it has to be from 00:00:01 to 00:10:00.")]
    [InlineData("Timeout", "00:00:00.9", "it has to be from 00:00:01 to 00:10:00.")]
    [InlineData("ReconnectDelay", "00:00:00", "it has to be from 00:00:00.0010000 to 01:00:00.")]
    [InlineData("MaxReconnectDelay", "00:00:00.001", "it has to be from 00:00:00.0020000 to 01:00:00.")]
    [InlineData("Lease", "10", "which has no unit")]
    [InlineData("Synchronous", "Full,Normal", "must be one of Full, Normal")]
    [InlineData("Lase", "00:00:10", "has no effect. Known settings there")]
    [InlineData("MaxValueBytes", "many", "Failed to convert")]
    public async Task Start_BadSetting_FailsWithItsPath(string setting, string value, string problem)
    {
        await using var pod = Pod.Build(_file, "orders", _ => { }, configure: null, ($"Streamx:orders:Sqlite:{setting}", value));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Contains($"Streamx:orders:Sqlite:{setting}", Assert.Single(error.Failures), StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NoPath_Fails()
    {
        await using var pod = Pod.Build("orders", stream => stream.UseSqlite().AddConsumer("a", (_, _) => default));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(pod.StartAsync);

        Assert.Equal(["Streamx:orders:Sqlite:Path is empty; it has to name a file."], error.Failures);
    }

    [Fact]
    public void Configuration_WinsOverCode_AndIsBoundOnce()
    {
        var pod = Pod.Build(
            _file,
            "orders",
            stream => stream.UseSqlite("code.db").UseSqlite(o => o.Lease = TimeSpan.FromSeconds(20)),
            configure: null,
            ("Streamx:orders:Sqlite:Path", "configured.db"),
            ("Streamx:orders:Sqlite:Synchronous", "Normal"),
            ("Streamx:orders:Sqlite:Retention", "1.00:00:00"),
            ("Streamx:orders:Sqlite:Consumers:0", "billing"));

        var options = pod.Services.GetRequiredService<IOptionsMonitor<SqliteStreamOptions>>().Get("orders");

        Assert.Equal(("configured.db", SqliteSynchronous.Normal, TimeSpan.FromDays(1)), (options.Path, options.Synchronous, options.Retention));
        Assert.Equal((TimeSpan.FromSeconds(20), $"{Environment.MachineName}:{Environment.ProcessId}"), (options.Lease, options.InstanceId));
        Assert.Equal(["billing"], options.Consumers);
    }

    [Fact]
    public void Settings_RelativePath_IsBelowTheContentRoot()
    {
        var settings = StoreSettings.Of(new SqliteStreamOptions { Path = "data/orders.db" }, "/srv/app");

        Assert.Equal("/srv/app/data/orders.db", settings.Path);
    }

    public void Dispose() => _file.Dispose();
}
