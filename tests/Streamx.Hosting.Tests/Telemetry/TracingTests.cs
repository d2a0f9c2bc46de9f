using System.Diagnostics;
using System.Globalization;

namespace Streamx.Hosting.Tests.Telemetry;

[Collection(nameof(TracingCollection))]
public sealed class TracingTests : IDisposable
{
    /// <summary>The source is one for the process: by its names a test knows its own activities.</summary>
    private readonly string _stream = $"s{Guid.NewGuid():N}";
    private readonly ActivitySource _own;

    public TracingTests() => _own = new ActivitySource(_stream);

    public static TheoryData<ConsumerKind> OneByOne => [ConsumerKind.Handler, ConsumerKind.Loop];

    [Theory]
    [MemberData(nameof(OneByOne))]
    public async Task Value_PutAndProcessed_IsOneTrace(ConsumerKind kind)
    {
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddFeed(1).AddScripted(kind, (_, _) => default));
        await host.DrainedAsync();

        var put = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Producer);
        var process = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Consumer);

        Assert.Equal(($"put {_stream}", $"process {_stream}"), (put.OperationName, process.OperationName));
        Assert.Equal(($"put {_stream}", $"process {_stream}:{Scripted.Name}"), (put.DisplayName, process.DisplayName));
        Assert.Equal((put.TraceId, put.SpanId), (process.TraceId, process.ParentSpanId));
        Assert.Equal(put.Context, Assert.Single(process.Links).Context);
        Assert.Null(put.ParentId);
        Assert.Equal(
            [("messaging.destination.name", _stream), ("messaging.operation.name", "put"), ("messaging.operation.type", "send"), ("messaging.system", "streamx"), ("streamx.producer.name", "feed"), ("streamx.stream.name", _stream)],
            put.TagObjects.Select(tag => (tag.Key, tag.Value)).Order());
        Assert.Equal(
            [
                ("messaging.consumer.group.name", Scripted.Name),
                ("messaging.destination.name", $"{_stream}:{Scripted.Name}"),
                ("messaging.destination_publish.name", _stream),
                ("messaging.operation.name", "process"),
                ("messaging.operation.type", "process"),
                ("messaging.system", "streamx"),
                ("streamx.consumer.name", Scripted.Name),
                ("streamx.stream.name", _stream),
            ],
            process.TagObjects.Select(tag => (tag.Key, tag.Value)).Order());
        Assert.Equal((ActivityStatusCode.Unset, ActivityStatusCode.Unset), (put.Status, process.Status));
        Assert.Empty(traces.Open);
    }

    [Fact]
    public async Task PutMany_IsOneSpanThatSaysHowMany_AndTheParentOfEachValues()
    {
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream, o => o.Window = 2)
            .AddProducer("feed", async (writer, token) => await writer.PutManyAsync(new[] { 1, 2, 3, 4, 5 }, token))
            .AddScripted(ConsumerKind.Handler, (_, _) => default));
        await host.DrainedAsync();

        var put = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Producer);
        Assert.Equal(5, put.GetTagItem("messaging.batch.message_count"));
        var processed = traces.Ended.Where(activity => activity.Kind == ActivityKind.Consumer).ToList();
        Assert.Equal(5, processed.Count);
        Assert.All(processed, process => Assert.Equal(put.SpanId, process.ParentSpanId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Loop_HasAnActivityOfItsOwn_IsCurrentAgainBetweenValues(bool isSampled)
    {
        using var traces = new TraceRecorder(name => name == _stream, (ref _) => isSampled ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None);
        using var own = new Activity("own");
        var current = new List<Activity?>();
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddSingleton(new Script(async values =>
            {
                own.Start();
                await foreach (var _ in values) current.Add(Activity.Current);
                current.Add(Activity.Current);
            }));
            services.AddStreamx<int>(_stream, o => o.LinkTracesOnly = true).AddFeed(3).AddStreamConsumer<ScriptedLoop>();
        });
        await host.DrainedAsync();

        Assert.Equal(4, current.Count);
        Assert.All(current.Take(3), activity => Assert.Equal(isSampled, activity != own));
        Assert.Same(own, current[3]);
    }

    [Fact]
    public async Task ManyConsumers_EachHasItsOwnProcess_UnderThePutOfItsValue()
    {
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream, o => o.Window = 3)
            .AddFeed(40)
            .AddConsumer("a", (_, _) => default)
            .AddConsumer("b", async (_, _) => await Task.Yield()));
        await host.DrainedAsync();

        var puts = traces.Ended.Where(activity => activity.Kind == ActivityKind.Producer).ToDictionary(put => put.SpanId);
        var processes = traces.Ended.Where(activity => activity.Kind == ActivityKind.Consumer).ToList();

        Assert.Equal(40, puts.Count);
        Assert.Equal(80, processes.Count);
        Assert.All(processes.GroupBy(process => process.ParentSpanId), group =>
        {
            Assert.True(puts.ContainsKey(group.Key));
            Assert.Equal(["a", "b"], group.Select(process => process.GetTagItem(StreamxTags.ConsumerName)).Order());
            Assert.Equal([$"process {_stream}:a", $"process {_stream}:b"], group.Select(process => process.DisplayName).Order());
        });
    }

    [Fact]
    public async Task Put_SpansTheWholeWait_AndSaysWhoWasWaitedFor()
    {
        var held = new Held();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddFeed(2).AddConsumer("a", held.ConsumeAsync));
        await host.UntilWaitingAsync(1, "a");
        var waiting = Assert.Single(traces.Open, activity => activity.Kind == ActivityKind.Producer);

        held.Release(1);
        held.Release(2);
        await host.DrainedAsync();

        Assert.Equal("a", waiting.GetTagItem(StreamxTags.GatedBy));
        Assert.Null(Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Producer && activity != waiting).GetTagItem(StreamxTags.GatedBy));
        Assert.True(waiting.IsStopped);
    }

    [Fact]
    public async Task PutOfARequest_ContinuesItsTrace_AndLeavesItCurrent()
    {
        using var listener = ListenToOwn();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddConsumer("a", (_, _) => default));
        var writer = host.Host.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream);
        using var request = _own.StartActivity("request")!;

        await writer.PutAsync(1);
        var afterPut = Activity.Current;
        Assert.True(writer.TryPut(2) || await PutAsync());
        var afterTryPut = Activity.Current;
        await traces.UntilEndedAsync(4);

        Assert.Same(request, afterPut);
        Assert.Same(request, afterTryPut);
        Assert.All(traces.Ended.Where(activity => activity.Kind == ActivityKind.Producer), put => Assert.Equal(request.SpanId, put.ParentSpanId));
        Assert.All(traces.Ended, activity => Assert.Equal(request.TraceId, activity.TraceId));

        async Task<bool> PutAsync()
        {
            await writer.PutAsync(2);
            return true;
        }
    }

    [Fact]
    public async Task PutAfterTheRequestHasEnded_LeavesWhatIsCurrentAlone()
    {
        var held = new Held();
        using var listener = ListenToOwn();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddConsumer("a", held.ConsumeAsync));
        var writer = host.Host.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream);
        var request = _own.StartActivity("request")!;
        EndApart(request);

        await writer.PutAsync(1);
        var afterPut = Activity.Current;
        var waiting = writer.PutAsync(2);
        var whileItWaits = Activity.Current;
        Assert.False(writer.TryPut(3));
        var afterRefusal = Activity.Current;
        held.Release(1);
        held.Release(2);
        await waiting;

        Assert.True(request.IsStopped);
        Assert.All([afterPut, whileItWaits, afterRefusal, Activity.Current], current => Assert.Same(request, current));
        Assert.All(traces.Ended.Where(activity => activity.Kind == ActivityKind.Producer), put => Assert.Equal(request.SpanId, put.ParentSpanId));

        // What ends in another context stays current in this one.
        static void EndApart(Activity activity) => ExecutionContext.Run(ExecutionContext.Capture()!, _ => activity.Stop(), null);
    }

    [Theory]
    [MemberData(nameof(OneByOne))]
    public async Task CodeOfAConsumer_RunsInTheActivityOfItsValue(ConsumerKind kind)
    {
        var spans = new Seen<ActivitySpanId?>();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddFeed(5).AddScripted(kind, async (_, _) =>
        {
            spans.Add("before", Activity.Current?.SpanId);
            await Task.Yield();
            spans.Add("after", Activity.Current?.SpanId);
        }));
        await host.DrainedAsync();

        var processes = traces.Ended.Where(activity => activity.Kind == ActivityKind.Consumer).Select(process => (ActivitySpanId?)process.SpanId).ToList();

        Assert.Equal(5, processes.Distinct().Count());
        Assert.Equal(processes, spans["before"]);
        Assert.Equal(processes, spans["after"]);
    }

    [Fact]
    public async Task Processor_PutIsAChildOfItsProcessing()
    {
        var (input, output) = ($"{_stream}in", $"{_stream}out");
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services =>
        {
            services.AddStreamx<int>(input).AddFeed(1).AddStage<int, string>("stage", async (value, writer, token) => await writer.PutAsync(value.ToString(CultureInfo.InvariantCulture), token));
            services.AddStreamx<string>(output).AddConsumer("a", (_, _) => default);
        });
        await traces.UntilEndedAsync(4);

        var chain = traces.Ended.OrderBy(activity => activity.StartTimeUtc).ThenBy(activity => activity.ParentId is null ? 0 : 1).ToDictionary(activity => activity.OperationName);

        Assert.Null(chain[$"put {input}"].ParentId);
        Assert.Equal(chain[$"put {input}"].SpanId, chain[$"process {input}"].ParentSpanId);
        Assert.Equal(chain[$"process {input}"].SpanId, chain[$"put {output}"].ParentSpanId);
        Assert.Equal(chain[$"put {output}"].SpanId, chain[$"process {output}"].ParentSpanId);
        Assert.Equal("stage", chain[$"put {output}"].GetTagItem(StreamxTags.ProducerName));
    }

    [Theory]
    [MemberData(nameof(OneByOne))]
    public async Task LinkTracesOnly_ProcessingIsATraceOfItsOwn(ConsumerKind kind)
    {
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream, o => o.LinkTracesOnly = true).AddFeed(1).AddScripted(kind, (_, _) => default));
        await host.DrainedAsync();

        var put = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Producer);
        var process = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Consumer);

        Assert.Null(process.ParentId);
        Assert.NotEqual(put.TraceId, process.TraceId);
        Assert.Equal(put.Context, Assert.Single(process.Links).Context);
    }

    [Theory]
    [InlineData(ConsumerFailure.Skip)]
    [InlineData(ConsumerFailure.FaultStream)]
    public async Task HandlerFails_ActivityHasTheError(ConsumerFailure policy)
    {
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream)
            .AddFeed(1)
            .AddConsumer("a", (_, _) => throw new FormatException("bad"), o => o.OnFailure = policy));
        await traces.UntilEndedAsync(2);

        var process = Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Consumer);

        Assert.Equal((ActivityStatusCode.Error, "bad", "System.FormatException"), (process.Status, process.StatusDescription, process.GetTagItem(StreamxTags.ErrorType)));
        await host.StopAsync();
    }

    [Fact]
    public async Task HandlerRetries_OneActivitySpansAllAttempts()
    {
        var tries = 0;
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream)
            .AddFeed(1)
            .AddConsumer("a", (_, _) => ++tries < 3 ? throw new FormatException() : default, o => o.Retry = PolicyHost.AtOnce(5)));
        await host.DrainedAsync();

        Assert.Equal(ActivityStatusCode.Unset, Assert.Single(traces.Ended, activity => activity.Kind == ActivityKind.Consumer).Status);
    }

    [Fact]
    public async Task LoopDetachedWithAValueInHand_ActivityEnds_AndTheOperatorsStaysCurrent()
    {
        var held = new Held();
        using var listener = ListenToOwn();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream)
            .AddFeed(1, staysOpen: true)
            .AddConsumer("other", (_, _) => default)
            .AddScripted(ConsumerKind.Loop, held.ConsumeAsync));
        await held.EnteredAsync(1);
        using var request = _own.StartActivity("request");

        host.Host.Services.GetRequiredService<IStreamxControl>().DetachConsumer(_stream, Scripted.Name);

        Assert.Same(request, Activity.Current);
        await Until.TrueAsync(() => traces.Open.Count == 0);
    }

    [Fact]
    public async Task TryPutRefused_LeavesNoActivity()
    {
        var held = new Held();
        using var traces = Record();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddConsumer("a", held.ConsumeAsync));
        var writer = host.Host.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream);
        Assert.True(writer.TryPut(1));

        Assert.False(writer.TryPut(2));

        Assert.Single(traces.Ended);
        Assert.DoesNotContain(traces.Open, activity => activity.Kind == ActivityKind.Producer);
        held.Release(1);
    }

    [Fact]
    public async Task PutSampledOut_ProcessingFollowsItsDecision()
    {
        var held = new Held();
        using var listener = ListenToOwn();
        using var traces = new TraceRecorder(IsOurs, (ref options) => options.Kind == ActivityKind.Producer ? ActivitySamplingResult.None : ActivitySamplingResult.AllDataAndRecorded);
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddConsumer("a", (_, _) => default));
        using var request = _own.StartActivity("request")!;

        await host.Host.Services.GetRequiredKeyedService<IStreamWriter<int>>(_stream).PutAsync(1);
        await traces.UntilEndedAsync(1);

        Assert.Equal((request.TraceId, request.SpanId), (Assert.Single(traces.Ended).TraceId, traces.Ended[0].ParentSpanId));
    }

    [Fact]
    public async Task NobodyListens_NothingIsStarted()
    {
        var seen = new Seen<Activity?>();
        await using var host = await MeasuredHost.StartAsync(services => services.AddStreamx<int>(_stream).AddFeed(2).AddConsumer("a", (_, _) =>
        {
            seen.Add("a", Activity.Current);
            return default;
        }));
        await host.DrainedAsync();

        Assert.Equal([null, null], seen["a"]);
    }

    public void Dispose() => _own.Dispose();

    private bool IsOurs(string stream) => stream.StartsWith(_stream, StringComparison.Ordinal);

    private TraceRecorder Record() => new(IsOurs);

    private ActivityListener ListenToOwn()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source == _own,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed record Script(Func<IAsyncEnumerable<int>, Task> Loop);

    private sealed class ScriptedLoop(Script script) : IStreamConsumer<int>
    {
        public Task ConsumeAsync(IAsyncEnumerable<int> stream, CancellationToken abortToken) => script.Loop(stream);
    }
}
