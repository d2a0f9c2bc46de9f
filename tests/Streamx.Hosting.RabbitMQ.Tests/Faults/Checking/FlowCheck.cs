namespace Streamx.Hosting.RabbitMQ.Tests.Faults.Checking;

/// <summary>What has to hold for the logs of a scene, whatever was done to it. Each rule gives a sentence for each time it is broken.</summary>
/// <remarks>
/// <para>A value whose put returned is handled by every consumer. Only what an operator does to the broker excuses the lack of one, and
/// only if the product has said so:</para>
/// <list type="bullet">
/// <item>A queue was deleted, purged or unbound, or a policy dropped values, and the process that could have put them again was lost, too.
/// Then a process of the consumer has logged an error with the range of numbers. The value's number, which is known from the other
/// consumers, is in it; for values that no consumer has handled, the ranges have as many numbers that are no other value's.</item>
/// <item>The broker has forgotten the stream: its disk was emptied, or token and copy were taken away. Then a process has logged that, and
/// the value's put had returned before. No more are missing than can be unfinished at once, for each time.</item>
/// </list>
/// <para>Puts that another process led in between, and those that were unfinished when the broker forgot the stream, may have two
/// numbers. The latter are put again when their process leads next, so behind what others have put since. Nothing excuses another order,
/// a repeat without a mark or too far back, or a value that was not put.</para>
/// <para>A stream that the broker has forgotten, and its new leader, too, goes on under another id, whose numbers and epochs may begin
/// again. Each id has an order of its own.</para>
/// </remarks>
/// <param name="logs">The logs, complete.</param>
/// <param name="names">The consumers.</param>
/// <param name="reach">How far back a repeat may go.</param>
/// <param name="slots">
/// How many values a consumer handles at once. They begin in order, and each notes that on a thread of its own, which may be late by all
/// that the others handle meanwhile: less than a window from the oldest unfinished value on.
/// </param>
internal sealed class FlowCheck(WorkLogs logs, IReadOnlyCollection<string> names, int reach, int slots = 1)
{
    /// <summary>What each value was put by.</summary>
    private readonly Dictionary<long, LoggedPut> _puts = logs.Puts.ToDictionary(put => put.Value);

    /// <summary>What each name began with, in the order of time.</summary>
    private readonly Dictionary<string, Handling[]> _byName = names.ToDictionary(
        name => name, name => logs.Handlings.Where(handling => handling.Name == name).OrderBy(handling => handling.Begun).ToArray());

    /// <summary>Which of the stream's ids came first, second, and so on.</summary>
    private readonly Dictionary<long, int> _ids =
        logs.Handlings.OrderBy(handling => handling.Begun).Select(handling => handling.Stream).Distinct().Index().ToDictionary(id => id.Item, id => id.Index);

    /// <summary>How many values that were new a name began with, in a time.</summary>
    public int Values(string name, long begin, long end) => News(name).Count(handling => handling.Begun >= begin && handling.Begun < end);

    /// <summary>How often a name began with a value it had begun with before, in a time.</summary>
    public int Repeats(string name, long begin, long end) => _byName[name].Count(handling => handling.Begun >= begin && handling.Begun < end) - Values(name, begin, end);

    /// <summary>The longest time without a new value of all names that ended in a time.</summary>
    public TimeSpan LongestStall(long begin, long end)
    {
        var stalls =
            from name in _byName.Keys
            from pair in News(name).Zip(News(name).Skip(1))
            where pair.Second.Begun >= begin && pair.Second.Begun < end
            select TimeProvider.System.GetElapsedTime(pair.First.Begun, pair.Second.Begun);
        return stalls.DefaultIfEmpty().Max();
    }

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<string> Problems() =>
        [.. Lost(), .. _byName.SelectMany(pair => OutOfOrder(pair.Key, pair.Value)), .. Different(), .. Twice(), .. AgainstTheClock(), .. AgainstTheCalls(), .. TwoLeaders()];

    /// <summary>A value whose put returned was handled by every name, or is excused.</summary>
    private IEnumerable<string> Lost() =>
        from name in _byName.Keys
        from value in Missing(name)
        select $"{name} has not handled {value}, whose put returned.";

    /// <summary>The values that a name has not handled although their puts returned, but for those that are excused.</summary>
    public IReadOnlyList<long> Missing(string name)
    {
        var handled = _byName[name].Where(handling => handling.IsEnded).Select(handling => handling.Value).ToHashSet();
        var missing = logs.Puts.Where(put => put.Returned is not null && !handled.Contains(put.Value)).ToList();
        if (missing.Count == 0) return [];
        var named = logs.Losses.Of(name);
        var numbers = logs.Handlings.ToLookup(handling => handling.Value, handling => handling.Sequence);
        missing.RemoveAll(put => numbers[put.Value].Any(named.Contains));
        // How many more the broker may have lost with the stream itself, the latest ones first.
        var forgotten = missing.Where(put => put.Returned <= logs.Losses.LastForgotten).OrderByDescending(put => put.Returned).Take(reach * logs.Losses.TimesForgotten);
        missing = [.. missing.Except(forgotten)];
        var unclaimed = named.Except(logs.Handlings.Select(handling => handling.Sequence)).Count();
        return [.. missing.Where(put => numbers.Contains(put.Value) || unclaimed-- <= 0).Select(put => put.Value)];
    }

    /// <summary>What is new comes in order; what is not is marked, and within reach.</summary>
    private IEnumerable<string> OutOfOrder(string name, Handling[] handlings)
    {
        HashSet<(long, long)> seen = [];
        var id = 0;
        long highest = 0, epoch = 0;
        foreach (var handling in handlings)
        {
            var what = $"{name} ({handling.Process}) began with {handling.Sequence} of epoch {handling.Epoch}";
            if (!_puts.ContainsKey(handling.Value)) yield return $"{what}, which is {handling.Value}: nobody put that.";
            if (_ids[handling.Stream] > id) (id, highest, epoch) = (_ids[handling.Stream], 0, 0);
            if (_ids[handling.Stream] < id)
            {
                yield return $"{what} of a stream that was before the one it had come to.";
                continue;
            }

            if (seen.Add(handling.Number))
            {
                if (handling.Sequence <= highest - (slots > 1 ? reach : 1)) yield return $"{what} for the first time after {highest}.";
                else if (handling.Epoch < epoch && handling.Sequence > highest) yield return $"{what} after epoch {epoch} had begun: a replaced leader wrote it.";
            }
            else
            {
                if (!handling.IsMarked) yield return $"{what} again, and it is not marked.";
                if (handling.Sequence <= highest - reach) yield return $"{what} again after {highest}: further back than {reach}.";
            }

            highest = Math.Max(highest, handling.Sequence);
            epoch = Math.Max(epoch, handling.Epoch);
        }
    }

    /// <summary>A number means the same value everywhere, and each time.</summary>
    private IEnumerable<string> Different() =>
        from handling in logs.Handlings
        group handling by handling.Number into same
        where same.DistinctBy(handling => handling.Value).Count() > 1
        select $"Number {same.Key.Sequence} is {string.Join(", ", same.Select(handling => $"{handling.Value} ({handling.Process}, epoch {handling.Epoch})").Distinct())}.";

    /// <summary>
    /// A value has two numbers only if another producer led while its put was under way, or the broker forgot the stream after it had
    /// begun: then it is put as a new one.
    /// </summary>
    private IEnumerable<string> Twice() =>
        from handling in logs.Handlings
        group handling by handling.Value into same
        where same.DistinctBy(handling => handling.Number).Count() > 1
        let put = _puts.GetValueOrDefault(same.Key)
        where put is not null && put.Intended > logs.Losses.LastForgotten && !logs.Puts.Exists(other => other.Producer != put.Producer && Overlap(other, put))
        select $"{same.Key} has the numbers {string.Join(", ", same.Select(handling => handling.Sequence).Distinct())}, and nobody else led meanwhile.";

    /// <summary>
    /// What returned before another put began has the lower number, unless the broker forgot the stream before it came to any consumer.
    /// </summary>
    private IEnumerable<string> AgainstTheClock()
    {
        var numbers = FirstNumbers();
        var begun = logs.Handlings.GroupBy(handling => handling.Value).ToDictionary(same => same.Key, same => same.Min(handling => handling.Begun));
        var returned = new Queue<LoggedPut>(logs.Puts
            .Where(put => put.Returned is not null && numbers.ContainsKey(put.Value) && !logs.Losses.WasForgotten(put.Returned.Value, begun[put.Value]))
            .OrderBy(put => put.Returned));
        LoggedPut? highest = null;
        foreach (var put in logs.Puts.Where(put => numbers.ContainsKey(put.Value)).OrderBy(put => put.Intended))
        {
            while (returned.TryPeek(out var before) && before.Returned < put.Intended)
            {
                if (highest is null || numbers[before.Value].CompareTo(numbers[highest.Value]) > 0) highest = before;
                returned.Dequeue();
            }

            if (highest is not null && numbers[put.Value].CompareTo(numbers[highest.Value]) < 0)
                yield return $"{put.Value} was put after {highest.Value} had returned, and has number {numbers[put.Value].Sequence} before its {numbers[highest.Value].Sequence}.";
        }
    }

    /// <summary>The numbers of what a producer puts have the order of its calls.</summary>
    private IEnumerable<string> AgainstTheCalls()
    {
        var numbers = FirstNumbers();
        foreach (var producer in logs.Puts.GroupBy(put => put.Producer))
        {
            LoggedPut? before = null;
            foreach (var put in producer.Where(put => numbers.ContainsKey(put.Value)))
            {
                if (before is not null && numbers[put.Value].CompareTo(numbers[before.Value]) < 0)
                    yield return $"{producer.Key} put {put.Value} after {before.Value}, and it has number {numbers[put.Value].Sequence} before {numbers[before.Value].Sequence}.";
                before = put;
            }
        }
    }

    /// <summary>An epoch has one leader.</summary>
    private IEnumerable<string> TwoLeaders() =>
        from handling in logs.Handlings
        where _puts.ContainsKey(handling.Value)
        group _puts[handling.Value].Producer by (handling.Stream, handling.Epoch) into leaders
        where leaders.Distinct().Count() > 1
        select $"Epoch {leaders.Key.Epoch} was led by {string.Join(", ", leaders.Distinct())}.";

    /// <summary>The lowest number of each value that was handled, behind those of the ids before.</summary>
    private Dictionary<long, (int Id, long Sequence)> FirstNumbers() => logs.Handlings
        .GroupBy(handling => handling.Value)
        .ToDictionary(same => same.Key, same => same.Min(handling => (_ids[handling.Stream], handling.Sequence)));

    private IEnumerable<Handling> News(string name) => _byName[name].DistinctBy(handling => handling.Number);

    private static bool Overlap(LoggedPut one, LoggedPut other) =>
        one.Intended <= (other.Returned ?? long.MaxValue) && other.Intended <= (one.Returned ?? long.MaxValue);
}
