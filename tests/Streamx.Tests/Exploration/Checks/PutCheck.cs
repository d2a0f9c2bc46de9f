using Streamx.Tests.Exploration.Scenarios;
using static Streamx.Tests.Exploration.Scheduling.FindingException;

namespace Streamx.Tests.Exploration.Checks;

/// <summary>Every put, flush and close had an outcome that what happened around it allows.</summary>
internal static class PutCheck
{
    internal static void Check(World world)
    {
        var closes = world.Closes;
        var fault = world.Faults.Find(call => call.Succeeded);
        foreach (var put in world.Puts.Where(put => put.Answered is not null)) Unless(IsAllowed(world, put, closes, fault), $"This put could not end so. {put}");

        foreach (var flush in world.Flushes.Where(flush => flush.Answered is not null))
        {
            if (!flush.Succeeded) Unless(fault?.Asked < flush.Answered, "A flush failed without a fault.");
            else CheckFinished(world, flush);
            if (flush.Succeeded) Unless(!(fault?.Returned < flush.Asked), "A flush after the fault succeeded.");
        }

        foreach (var close in closes.Where(close => close.Answered is not null))
        {
            CheckFinished(world, close with { Asked = long.MaxValue });
            Unless(world.Puts.TrueForAll(put => put.PendingSince is null || put.Answered is not null), "Close was over while a put waited.");
        }
    }

    private static bool IsAllowed(World world, PutRecord put, List<Call> closes, Call? fault)
    {
        var mustFail = closes.Exists(close => close.Returned < put.Asked) || fault?.Returned < put.Asked;
        return put.Result switch
        {
            PutResult.Committed => !mustFail && !(put.Cancellation?.Done < put.Asked),
            PutResult.Cancelled => put.Cancellation?.Asked < put.Answered,
            PutResult.Closed => closes.Exists(close => close.Asked < put.Answered) && (!closes.TrueForAll(close => put.PendingSince < close.Asked) || CouldHaveBeenAlone(world, put)),
            PutResult.Faulted => fault?.Asked < put.Answered,
            _ => put.PendingSince is null || world.WhenNoSubscribers == NoSubscribers.Throw,
        };
    }

    /// <summary>Whether there may have been no subscription for a put that waited before the close.</summary>
    private static bool CouldHaveBeenAlone(World world, PutRecord put) =>
        world.Consumers.TrueForAll(consumer =>
            consumer.Mode == SubscriptionMode.Latest
            || consumer.LeaveAsked < put.Answered
            || world.Closes.Exists(close => close.Asked < consumer.Subscribed));

    /// <summary>Every member that saw a value accepted before the call had finished it, or left, when the call was over.</summary>
    private static void CheckFinished(World world, Call call)
    {
        foreach (var consumer in world.Consumers.Where(consumer => consumer.Mode == SubscriptionMode.Every && consumer.Subscribed < call.Answered))
        {
            if (consumer.LeaveAsked < call.Answered || OrderCheck.MayHaveJoinedAfterEnd(world, consumer)) continue;
            var values = world.Puts.Where(put => put.Result == PutResult.Committed && put.Answered < call.Asked && put.Answered < call.Answered && put.Asked > consumer.Subscribed);
            foreach (var put in values)
            {
                var receipt = consumer.Received.Find(receipt => receipt.Value == put.Value);
                Unless(receipt?.FinishAsked < call.Answered, $"{call.Name} was over before {put.Value} was finished: {consumer}.");
            }
        }
    }
}
