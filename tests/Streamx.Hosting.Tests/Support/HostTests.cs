using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Streamx.Hosting.Testing;

namespace Streamx.Hosting.Tests.Support;

/// <summary>Tests on real hosts whose streams, workers and services are registered in one order.</summary>
/// <remarks>What derives from it is abstract and has a class for each order, so that every rule is tested in both.</remarks>
public abstract class HostTests(RegistrationOrder order, bool stopConcurrently = false)
{
    /// <summary>The order of the host's registrations, where a test has to tell what to expect.</summary>
    protected RegistrationOrder Order => order;

    /// <summary>Whether the host stops its services at the same time.</summary>
    protected bool StopsConcurrently => stopConcurrently;

    /// <summary>What a test expects of things that keep the order of registration, as if it were the one written.</summary>
    protected IEnumerable<T> InOrder<T>(params IEnumerable<T> asWritten) => order == RegistrationOrder.AsWritten ? asWritten : asWritten.Reverse();

    /// <summary>A real host with a collected log and nothing from the environment.</summary>
    protected HostApplicationBuilder CreateBuilder(params (string Key, string? Value)[] configuration)
    {
        var builder = TestHost.CreateBuilder(configuration);
        if (order == RegistrationOrder.Reversed) builder.ConfigureContainer(new ReversingFactory());
        builder.Services.Configure<HostOptions>(o => o.ServicesStopConcurrently = stopConcurrently);
        return builder;
    }

    /// <summary>The same on a clock of the test's, with a shutdown timeout that only that clock can use up.</summary>
    protected HostApplicationBuilder CreateBuilder(FakeTimeProvider time, params (string Key, string? Value)[] configuration) => CreateBuilder(configuration).On(time);

    /// <summary>A harness, for what is said best by holding, stepping and failing workers, with a collected log.</summary>
    protected StreamxHarness CreateHarness(Action<IServiceCollection> register) => new(builder =>
    {
        if (order == RegistrationOrder.Reversed) builder.ConfigureContainer(new ReversingFactory());
        builder.Logging.AddFakeLogging();
        builder.Services.Configure<HostOptions>(o => o.ServicesStopConcurrently = stopConcurrently);
        register(builder.Services);
    })
    {
        WaitLimit = Bounded.Limit,
    };
}
