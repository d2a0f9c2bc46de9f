using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Streamx.Hosting.Tests.Telemetry;

public class FailingListenerTests
{
    public static TheoryData<ConsumerKind> Kinds => [ConsumerKind.Handler, ConsumerKind.Batch, ConsumerKind.Loop];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ListenerThrows_StreamGoesOn_AndItIsLoggedOnce(ConsumerKind kind)
    {
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddSingleton<IHostedService>(provider => new HookService
            {
                OnStart = _ =>
                {
                    provider.GetRequiredService<Failing>();
                    return Task.CompletedTask;
                },
            });
            services.AddSingleton<Failing>();
            services.AddStreamx<int>(o => o.Window = 2).AddFeed(20).AddScripted(kind, (_, _) => default);
        });
        await host.DrainedAsync();
        var report = await host.StopAsync();

        Assert.Equal(20, report.Consumer(Scripted.Name).Finished);
        Assert.Single(host.Host.Log(LogLevel.Warning), message => message.StartsWith("A listener of ", StringComparison.Ordinal));
        host.Host.AssertEndedWell(report);
    }

    private sealed class Failing : IDisposable
    {
        private readonly MeterListener _listener = new();

        public Failing(IMeterFactory scope)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == scope) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new NotSupportedException());
            _listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new NotSupportedException());
            _listener.Start();
        }

        public void Dispose() => _listener.Dispose();
    }
}
