using System.Buffers;
using Microsoft.Extensions.Logging;
using Streamx.TestUtilities.InMemory;

namespace Streamx.Hosting.Tests.Logging;

/// <summary>The scenarios of streams between processes.</summary>
internal static class RemoteLoggingScenarios
{
    public static Task LeadsAsync(LoggedRun run) =>
        RunAsync(run, new StubTransport { OnLead = () => Task.FromResult<ILeadSession>(new StubSession()) });

    public static Task GoesOnAsync(LoggedRun run) => LeadsBehindAsync(run, previousEpoch: 1);

    /// <summary>Leads a stream that has been put up to number 8.</summary>
    /// <param name="run">The run.</param>
    /// <param name="previousEpoch">The epoch in which that was; 0 where the store has lost it.</param>
    public static Task LeadsBehindAsync(LoggedRun run, long previousEpoch)
    {
        var session = new StubSession { PreviousEpoch = previousEpoch, HighestReceived = 8 };
        (string, long)[] consumers = [("ready", 8), ("behind", 5), ("away", ConsumerPositions.Unknown)];
        foreach (var (consumer, position) in consumers)
        {
            session.Positions.Add(consumer);
            session.Positions.Report(consumer, position);
        }

        return RunAsync(run, new StubTransport { OnLead = () => Task.FromResult<ILeadSession>(session) });
    }

    public static Task EndsElsewhereAsync(LoggedRun run) =>
        // The consumer would wait for the end of the stream, which the stub never delivers.
        RunAsync(run, new StubTransport { OnLead = () => Task.FromResult<ILeadSession>(new StubSession { HasEnded = true }) }, o => o.DrainTimeout = TimeSpan.Zero);

    public static Task CannotJoinAsync(LoggedRun run, bool isFinal) =>
        RunAsync(run, new StubTransport { OnJoin = () => throw new TransportException("The broker is away.") { IsFinal = isFinal } });

    public static Task CannotReadAsync(LoggedRun run) => RunAsync(run, new StubTransport { OnJoin = () => Task.FromResult<IJoinSession>(new StubSession()) });

    public static Task HasSettingOfAnotherProcessAsync(LoggedRun run)
    {
        run.Builder.Configuration["Streamx:Int32:Consumers:elsewhere:OnFailure"] = "Skip";
        return StandsByAsync(run);
    }

    public static Task IsOverdueAsync(LoggedRun run) => RunAsync(run, new StubTransport
    {
        OnJoin = () => Task.FromResult<IJoinSession>(new StubSession { WhenOverdue = Task.FromResult<Exception>(new TransportException("It takes too long.")) }),
    });

    public static Task LosesItsSessionAsync(LoggedRun run) =>
        RunAsync(run, new StubTransport { OnLead = () => Task.FromResult<ILeadSession>(new StubSession(isLost: true)) }, o => o.DrainTimeout = TimeSpan.Zero);

    public static Task IsBlockedAsync(LoggedRun run) => RunAsync(run, new StubTransport { Blocks = true });

    public static Task CannotReportAsync(LoggedRun run)
    {
        run.Builder.Logging.SetMinimumLevel(LogLevel.Debug);
        return RunAsync(run, new StubTransport { Instance = "stub" });
    }

    public static async Task FailsAfterItsFinishAsync(LoggedRun run)
    {
        var store = new InMemoryStore(TimeProvider.System);
        run.AddStream(configure: o => o.StopHostWhenCompleted = false).UseInMemory(store.CreateProcess()).AddFeed(1, staysOpen: true).AddConsumer("any", async (_, _) =>
        {
            using var transaction = store.BeginTransaction();
            await StreamxDelivery.FinishCurrentInAsync(transaction);
            await transaction.CommitAsync();
            throw new IOException("After the commit.");
        });
        await run.StartAsync();
        await run.ReachedAsync();
        await run.Host.StopAsync().WithinAsync();
    }

    public static Task StandsByAsync(LoggedRun run) => RunAsync(run, new StubTransport());

    public static Task IsForgottenAsync(LoggedRun run) => RunAsync(run, new StubTransport { Forgets = true });

    public static async Task HoldsUpTheStartAsync(LoggedRun run)
    {
        using var cancel = new CancellationTokenSource();
        run.AddStream(onFakeTime: true).UseInMemory(new InMemoryStore(run.Time).CreateProcess());
        run.Builder.Services.AddSingleton<IHostedService>(provider => new HookService
        {
            // No consumer is registered anywhere, so the put waits.
            OnStart = token => provider.GetRequiredService<IStreamWriter<int>>().PutAsync(1, token).AsTask(),
        });
        var start = run.Host.StartAsync(cancel.Token);
        await run.AdvanceUntilReachedAsync(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WithinAsync());
        await run.Host.StopAsync().WithinAsync();
    }

    public static Task LosesValuesAsync(LoggedRun run) => RunAsync(
        run, new StubTransport { OnJoin = () => Task.FromResult<IJoinSession>(new StubSession(new TransportDelivery(1, 2, default) { LostFrom = 1 })) });

    public static Task IsAmissAsync(LoggedRun run) => RunAsync(run, new StubTransport { Amiss = "A queue had something else in it." });

    private static async Task RunAsync(LoggedRun run, StubTransport transport, Action<StreamxOptions>? configure = null)
    {
        var stream = run.AddStream(configure: o =>
        {
            o.StopHostWhenCompleted = false;
            configure?.Invoke(o);
        });
        ((StreamxBuilder<int>)stream).UseTransport("Stub", _ => new TransportSetup<int>(transport, new Unreadable(), PolicyHost.Endless()));
        stream.AddFeed(0, staysOpen: true).AddConsumer("any", (_, _) => default, o => o.OnFailure = ConsumerFailure.Skip);
        await run.StartAsync();
        await run.ReachedAsync();
        await run.Host.StopAsync().WithinAsync();
    }

    private sealed class Unreadable : IStreamSerializer<int>
    {
        public string ContentType => "text/plain";

        public void Serialize(int value, IBufferWriter<byte> writer) => throw new NotSupportedException();

        public int Deserialize(ReadOnlySpan<byte> body) => throw new FormatException("This is no number.");
    }
}
