using Microsoft.Extensions.Logging.Testing;

namespace Streamx.Hosting.Tests;

[Collection(nameof(RunTests))]
[CollectionDefinition(nameof(RunTests), DisableParallelization = true)]
public sealed class RunTests : IDisposable
{
    private readonly TextWriter _error = Console.Error;
    private readonly int _exitCode = Environment.ExitCode;

    [Theory]
    [InlineData("Streamx:orders:Window", "0", "Streamx:orders:Window must be between 1 and 1048576, but is 0.")]
    [InlineData("Streamx:orders:Consumers:any:OnFailure", "Restart", null)]
    public async Task Run_SettingIsWrong_SaysSoInOneLineAndStartsNothing(string key, string value, string? expected)
    {
        using var written = new StringWriter();
        Console.SetError(written);
        var started = false;
        var builder = TestHost.CreateBuilder((key, value));
        builder.Services.AddSingleton<IHostedService>(new HookService
        {
            OnStart = _ =>
            {
                started = true;
                return Task.CompletedTask;
            },
        });
        var orders = builder.Services.AddStreamx<int>("orders").AddConsumer("any", (_, _) => default);
        // Two problems of the topology, where no option is wrong.
        if (expected is null) orders.AddConsumer("any", (_, _) => default).AddProducer("any", (_, _) => Task.CompletedTask);
        var host = builder.Build();
        var log = host.Services.GetRequiredService<FakeLogCollector>();

        var code = await host.RunStreamxAsync().WithinAsync();

        Assert.Equal(2, code);
        var line = Assert.Single(written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        if (expected is null) Assert.StartsWith("Streamx cannot start: Stream 'orders' has 3 workers named 'any'", line, StringComparison.Ordinal);
        else Assert.Equal(expected, line);
        Assert.False(started);
        Assert.Empty(log.GetSnapshot());
    }

    [Fact]
    public async Task Run_StreamCompletes_ReturnsTheExitCode()
    {
        Environment.ExitCode = 0;
        var builder = TestHost.CreateBuilder();
        builder.Services.AddStreamx<int>(o => o.StopHostWhenCompleted = true).AddFeed(3).AddConsumer("any", (_, _) => default);

        Assert.Equal(0, await builder.Build().RunStreamxAsync().WithinAsync());
    }

    public void Dispose()
    {
        Console.SetError(_error);
        Environment.ExitCode = _exitCode;
    }
}
