using System.Threading.Tasks.Dataflow;

namespace Streamx.Benchmarks.Peers;

/// <summary>A bounded action block for each consumer; the producer sends to one after the other.</summary>
internal static class Dataflow
{
    public static async Task RunAsync(int consumers, int window, int items)
    {
        var blocks = new ActionBlock<long>[consumers];
        var sequences = new Sequence[consumers];
        for (var i = 0; i < consumers; i++)
        {
            var me = i;
            blocks[i] = new ActionBlock<long>(value => sequences[me].See(value), new ExecutionDataflowBlockOptions { BoundedCapacity = window });
        }

        await Task.Run(async () =>
        {
            for (long i = 0; i < items; i++)
            {
                foreach (var block in blocks)
                {
                    if (!await block.SendAsync(i).ConfigureAwait(false)) throw new InvalidOperationException("A block refused a value.");
                }
            }

            foreach (var block in blocks) block.Complete();
        });
        await Task.WhenAll(blocks.Select(block => block.Completion));
        foreach (var sequence in sequences) sequence.End(items);
    }

    /// <summary>One block, which handles several values at a time.</summary>
    public static async Task ParallelAsync(int slots, int window, int items, Func<long, ValueTask> handleAsync)
    {
        var block = new ActionBlock<long>(
            value => handleAsync(value) is { IsCompletedSuccessfully: false } call ? call.AsTask() : Task.CompletedTask,
            new ExecutionDataflowBlockOptions { BoundedCapacity = window, MaxDegreeOfParallelism = slots, SingleProducerConstrained = true });
        await Task.Run(async () =>
        {
            for (long i = 0; i < items; i++)
            {
                if (!await block.SendAsync(i).ConfigureAwait(false)) throw new InvalidOperationException("The block refused a value.");
            }

            block.Complete();
        });
        await block.Completion;
    }
}
