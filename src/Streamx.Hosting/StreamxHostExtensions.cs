using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting;

/// <summary>Runs a host with streams to its exit code.</summary>
public static class StreamxHostExtensions
{
    /// <summary>Checks the configuration, then runs the host until it is stopped, and disposes it.</summary>
    /// <param name="host">The host. A web application is one, too.</param>
    /// <param name="cancellationToken">Stops the host.</param>
    /// <returns>
    /// The exit code for <c>Main</c> to return: 0 after streams that have completed or drained, 1 after a fault, 3 after an aborted
    /// drain, or what the program has set <see cref="Environment.ExitCode"/> to. 2 if the host was not started, because a setting or
    /// a registration is wrong: then one line on the standard error stream states the problem.
    /// </returns>
    /// <remarks>
    /// The check comes before the start, so that nothing has been started and the host does not log a stack trace. All options that are
    /// validated on start take part, not only those of streams. Other failures of the start are thrown, as <c>RunAsync</c> does.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
    public static async Task<int> RunStreamxAsync(this IHost host, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        try
        {
            if (FindProblem(host.Services) is { } problem)
            {
                await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
                ExitCodes.Set(ExitCodes.Configuration);
                return ExitCodes.Configuration;
            }

            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            await host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return Environment.ExitCode;
        }
        finally
        {
            if (host is IAsyncDisposable disposable) await disposable.DisposeAsync().ConfigureAwait(false);
            else host.Dispose();
        }
    }

    /// <summary>What is wrong with the configuration, in one line; null if nothing is.</summary>
    private static string? FindProblem(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return null;
        }
        catch (StreamxConfigurationException error)
        {
            return OneLine($"Streamx cannot start: {string.Join(" ", error.Problems)}");
        }
        catch (OptionsValidationException error)
        {
            return OneLine(string.Join(" ", error.Failures));
        }
        catch (AggregateException error) when (error.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return OneLine(string.Join(" ", error.InnerExceptions.Cast<OptionsValidationException>().SelectMany(inner => inner.Failures)));
        }
    }

    private static string OneLine(string text) =>
        string.Join(" ", text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
