using Streamx.Tests.Support;

namespace Streamx.Tests.Model;

/// <summary>One put, read or flush of a real stream: its result is taken as soon as it is there, or at the end of the program.</summary>
/// <param name="name">Its name in reports.</param>
/// <param name="isCompleted">Whether the result can be taken.</param>
/// <param name="takeAsync">Takes it.</param>
/// <param name="settles">Ends when the operation does; null for those that are complete as soon as they are decided.</param>
internal sealed class RealOperation(string name, Func<bool> isCompleted, Func<Task<string>> takeAsync, Task? settles = null)
{
    /// <summary>Long, until something has been waited for in vain: making that program smaller must not take as long each time.</summary>
    private static TimeSpan s_patience = Bounded.Limit;

    private bool _taken;
    private string _outcome = Outcome.Pending;

    /// <summary>Tells a success without taking it, when it is to be taken at the end only.</summary>
    internal Func<bool>? HasSucceeded { get; init; }

    internal async Task ObserveAsync(bool isExpected, bool isEnd)
    {
        if (_taken) return;
        if (isExpected && settles is { IsCompleted: false }) await AwaitAsync(settles);
        if (!isCompleted()) return;
        if (!isEnd && HasSucceeded?.Invoke() == true)
        {
            _outcome = Outcome.Completed;
            return;
        }

        _taken = true;
        _outcome = await OutcomeAsync();
    }

    public override string ToString() => $"{name}: {_outcome}";

    private static async Task AwaitAsync(Task task)
    {
        if (await Task.WhenAny(task, Task.Delay(s_patience, TimeProvider.System)) != task) s_patience = TimeSpan.FromMilliseconds(100);
    }

    private async Task<string> OutcomeAsync()
    {
        try
        {
            return await takeAsync();
        }
        catch (OperationCanceledException)
        {
            return Outcome.Cancelled;
        }
        catch (Exception error) when (error is StreamFaultedException { InnerException: not FormatException })
        {
            return $"{error} without the fault";
        }
        catch (Exception error) when (error is StreamClosedException or StreamFaultedException or InvalidOperationException)
        {
            return error.GetType().Name;
        }
    }
}
