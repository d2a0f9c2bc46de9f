namespace Streamx.Tests.Model;

/// <summary>A stream's settings and what is done to it, step by step.</summary>
internal sealed record StreamProgram(int Window, NoSubscribers WhenNoSubscribers, IReadOnlyList<Step> Steps)
{
    internal static string ValueOf(int put) => $"v{put}";

    internal static string[] ValuesOf(int put, int count) => [.. Enumerable.Range(0, count).Select(i => $"v{put}.{i}")];

    internal static string NameOf(int subscription) => $"s{subscription}";

    /// <summary>The steps with what they are about. Steps about something there is not are left out.</summary>
    internal IEnumerable<Call> Calls()
    {
        var (puts, reads, subscriptions) = (0, 0, 0);
        var cancellablePuts = new List<int>();
        var flushes = 0;
        var cancellableFlushes = new List<int>();
        foreach (var step in Steps)
        {
            switch (step.Kind)
            {
                case StepKind.Put:
                    if (step.Choice % 3 == (int)PutToken.Cancellable) cancellablePuts.Add(puts);
                    yield return new Call(step.Kind, puts++, 0, step.Choice);
                    break;
                case StepKind.PutMany:
                    if (step.Choice % 3 == (int)PutToken.Cancellable) cancellablePuts.Add(puts);
                    yield return new Call(step.Kind, puts++, 0, step.Choice, step.Which);
                    break;
                case StepKind.TryPut:
                    yield return new Call(step.Kind, puts++, 0, step.Choice);
                    break;
                case StepKind.CancelPut when cancellablePuts.Count > 0:
                    yield return new Call(step.Kind, cancellablePuts[Pick(step, cancellablePuts.Count)], 0, step.Choice);
                    break;
                case StepKind.Subscribe:
                    yield return new Call(step.Kind, subscriptions++, 0, step.Choice, step.Which);
                    break;
                case StepKind.Read when subscriptions > 0:
                    yield return new Call(step.Kind, reads++, Pick(step, subscriptions), step.Choice);
                    break;
                case StepKind.Finish when subscriptions > 0:
                    yield return new Call(step.Kind, Pick(step, subscriptions), 0, 0, step.Choice);
                    break;
                case StepKind.Leave when subscriptions > 0:
                    yield return new Call(step.Kind, Pick(step, subscriptions), 0, step.Choice);
                    break;
                case StepKind.Flush:
                    if (flushes % 2 == 1) cancellableFlushes.Add(flushes);
                    yield return new Call(step.Kind, flushes++, 0, step.Choice);
                    break;
                case StepKind.CancelFlush when cancellableFlushes.Count > 0:
                    yield return new Call(step.Kind, cancellableFlushes[Pick(step, cancellableFlushes.Count)], 0, step.Choice);
                    break;
                case StepKind.Close or StepKind.Fault:
                    yield return new Call(step.Kind, 0, 0, step.Choice);
                    break;
                default:
                    break;
            }
        }
    }

    public override string ToString() => string.Join(
        Environment.NewLine,
        Calls().Select(call => $"{call}").Prepend($"var stream = new AsyncStream<string>(new() {{ Window = {Window}, WhenNoSubscribers = {WhenNoSubscribers} }});"));

    private static int Pick(Step step, int count) => count - 1 - (step.Which % count);
}
