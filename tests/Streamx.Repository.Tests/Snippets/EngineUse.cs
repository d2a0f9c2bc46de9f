using Microsoft.Extensions.DependencyInjection;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Snippets;

/// <summary>The code of the guide to writing an engine.</summary>
internal static class EngineUse
{
    #region registration
    public static IStreamxBuilder<T> UseMyEngine<T>(this IStreamxBuilder<T> builder, Func<string, IServiceProvider, IStreamTransport> connect) =>
        builder.UseTransport("MyEngine", services => new TransportSetup<T>(
            connect(builder.Name, services),
            services.GetRequiredService<IStreamSerializer<T>>(),
            Reconnect: new RetryOptions { MaxAttempts = int.MaxValue, Delay = TimeSpan.FromSeconds(1), MaxDelay = TimeSpan.FromSeconds(30) })
        {
            MaxValueBytes = 16 * 1024 * 1024,
        });
    #endregion
}
