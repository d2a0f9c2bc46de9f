using System.Threading.Tasks.Sources;
using Streamx.Engine;

namespace Streamx.Tests.Support;

/// <summary>A waiter whose outcome the test decides.</summary>
internal sealed class ScriptedWaiter : AwaitedWaiter, IValueTaskSource<int>
{
    /// <summary>What its task gives.</summary>
    internal int Value { get; set; }

    /// <summary>What its task throws instead.</summary>
    internal Exception? Error { get; set; }

    /// <summary>The task of the present round.</summary>
    internal ValueTask<int> Task => new(this, Version);

    /// <summary>A completed waiter whose continuation is yet to be run.</summary>
    internal static AwaitedWaiter Due(Action continuation)
    {
        var waiter = new ScriptedWaiter();
        waiter.OnCompleted(static run => ((Action)run!)(), continuation, waiter.Version, ValueTaskSourceOnCompletedFlags.None);
        return waiter.Complete()!;
    }

    public int GetResult(short token)
    {
        BeginTake(token, "test");
        var value = Value;
        ThrowIfAny(Reset());
        return value;
    }

    protected override Exception? GetError() => Error;
}
