namespace Streamx.Hosting.Tests.Simulation;

/// <summary>A simulated process's producer: puts values one by one, several at a time, and many by one call; cancels some calls.</summary>
/// <param name="process">Its process.</param>
/// <param name="plan">The cluster.</param>
/// <param name="whenToEnd">Ends when it may return.</param>
internal sealed class SimulatedProducer(SimulatedProcess process, SimulationPlan plan, Task whenToEnd)
{
    /// <summary>What it is doing; null while it waits to return, and before it runs.</summary>
    internal string? Doing { get; private set; }

    /// <summary>Puts the values of the plan.</summary>
    internal async Task ProduceAsync(IStreamWriter<int> writer, CancellationToken stoppingToken)
    {
        var dice = new Dice(plan.Seed, process.Name, kind: 1002);
        var calls = new Dice(plan.Seed, process.Name, kind: 1011);
        List<Task> puts = [];
        Doing = "puts";
        for (var put = 0; put < plan.ValuesPerProducer;)
        {
            // Up to a call that is larger than the window by far; none at all is a call, too.
            var isMany = plan.PutsMany && calls.In100(35);
            var count = isMany ? Math.Min(calls.Below((2 * plan.Window) + 4), plan.ValuesPerProducer - put) : 1;
            TimeSpan? cancelAfter = plan.CancelsPuts && calls.In100(30) ? TimeSpan.FromMilliseconds(calls.Below(15)) : null;
            int[] values = [.. Enumerable.Range((process.Number * 1000) + put + 1, count)];
            put += count;
            puts.Add(PutAsync(writer, values, isMany, cancelAfter, stoppingToken));
            // Several at a time, as callers of an injected writer do.
            if (dice.In100(30)) continue;
            Doing = "awaits puts";
            await Task.WhenAll(puts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Doing = "flushes";
            if (dice.In100(20)) await FlushAsync(writer, stoppingToken);
            Doing = "pauses";
            if (dice.In100(20)) await Task.Delay(TimeSpan.FromMilliseconds(dice.Below(20)), process.Clock, stoppingToken);
        }

        await Task.WhenAll(puts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Doing = null;
        await whenToEnd.WaitAsync(stoppingToken);
    }

    private async Task PutAsync(
        IStreamWriter<int> writer, int[] values, bool isMany, TimeSpan? cancelAfter, CancellationToken stoppingToken)
    {
        stoppingToken.ThrowIfCancellationRequested();
        using var late = cancelAfter is { } time ? new CancellationTokenSource(time, process.Clock) : null;
        using var either = late is null ? null : CancellationTokenSource.CreateLinkedTokenSource(late.Token, stoppingToken);
        var token = either?.Token ?? stoppingToken;
        var puts = process.Ledger.BeginPuts(process, values);
        Exception? failure = null;
        try
        {
            if (isMany) await writer.PutManyAsync(values, token);
            else await writer.PutAsync(values[0], token);
        }
        catch (Exception error)
        {
            failure = error;
        }

        process.Ledger.EndPuts(puts, failure, token.IsCancellationRequested, isMany);
    }

    private async Task FlushAsync(IStreamWriter<int> writer, CancellationToken stoppingToken)
    {
        var before = process.Ledger.AcceptedOf(process);
        await writer.FlushAsync(stoppingToken);
        if (!process.IsDead) process.Ledger.EndFlush(process, before);
    }
}
