namespace Streamx.Tests.Model;

/// <summary>One step of a program, with the things it is about.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Number">Of the put, flush, read or subscription it makes or is about.</param>
/// <param name="Subscription">Which a read is of.</param>
/// <param name="Choice">How it does it.</param>
/// <param name="Count">
/// How many values a put of many has; which value in hand a finish is of; of a subscription, how many it may have in hand if they end in
/// any order.
/// </param>
internal sealed record Call(StepKind Kind, int Number, int Subscription, int Choice, int Count = 0)
{
    private PutToken Token => (PutToken)(Choice % 3);

    private string TokenText => Token switch
    {
        PutToken.None => "",
        PutToken.Cancelled => ", cancelled",
        _ => $", token{Number}",
    };

    private SubscriptionMode Mode => Choice >= 4 ? SubscriptionMode.Latest : SubscriptionMode.Every;

    private int BatchSize => Slots > 0 ? 0 : Choice % 4;

    /// <summary>
    /// How many values a subscription has in hand, to finish them in any order; zero for one that finishes them in order.
    /// </summary>
    private int Slots => Mode == SubscriptionMode.Every && Count >= 3 ? Count - 1 : 0;

    private Leaving Leaving => (Leaving)(Choice % 3);

    internal void Apply(ISubject subject)
    {
        switch (Kind)
        {
            case StepKind.Put: subject.Put(Number, Token); break;
            case StepKind.PutMany: subject.PutMany(Number, Count, Token); break;
            case StepKind.TryPut: subject.TryPut(Number); break;
            case StepKind.CancelPut: subject.CancelPut(Number); break;
            case StepKind.Subscribe: subject.Subscribe(Number, Mode, BatchSize, Slots); break;
            case StepKind.Read: subject.Read(Number, Subscription); break;
            case StepKind.Finish: subject.Finish(Number, Count); break;
            case StepKind.Leave: subject.Leave(Number, Leaving); break;
            case StepKind.Flush: subject.Flush(Number); break;
            case StepKind.CancelFlush: subject.CancelFlush(Number); break;
            case StepKind.Close: subject.Close(); break;
            default: subject.Fault(); break;
        }
    }

    /// <summary>The call as a line of code.</summary>
    public override string ToString() => Kind switch
    {
        StepKind.Put => $"var put{Number} = stream.PutAsync(\"{StreamProgram.ValueOf(Number)}\"{TokenText});",
        StepKind.PutMany => $"var put{Number} = stream.PutManyAsync(new[] {{ {string.Join(", ", StreamProgram.ValuesOf(Number, Count).Select(value => $"\"{value}\""))} }}{TokenText});",
        StepKind.TryPut => $"var put{Number} = stream.TryPut(\"{StreamProgram.ValueOf(Number)}\");",
        StepKind.CancelPut => $"Cancel(put{Number});",
        StepKind.Subscribe => $"var {StreamProgram.NameOf(Number)} = stream.Subscribe({Mode}); // reads {(Slots > 0 ? $"{Slots} values at once" : BatchSize == 0 ? "values" : $"batches of {BatchSize}")}",
        StepKind.Read => $"var read{Number} = {StreamProgram.NameOf(Subscription)}.MoveNextAsync();",
        StepKind.Finish => $"{StreamProgram.NameOf(Number)}.Finish(value in hand {Count});",
        StepKind.Leave => $"{Leaving}({StreamProgram.NameOf(Number)});",
        StepKind.Flush => $"var flush{Number} = stream.FlushAsync();",
        StepKind.CancelFlush => $"Cancel(flush{Number});",
        StepKind.Close => "stream.CloseAsync();",
        _ => "stream.TryFault(error);",
    };
}
