using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Options;

/// <summary>Checks the settings of a stream; messages name the setting by its configuration path.</summary>
internal sealed class StreamxOptionsValidator(IOptions<HostOptions> host) : IValidateOptions<StreamxOptions>
{
    /// <summary>The longest wait a timer can make.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StreamxOptions options)
    {
        var path = $"{StreamxConfiguration.Root}:{name}";
        var result = new ValidateOptionsResultBuilder();
        if (options.Window is < AsyncStreamOptions.MinWindow or > AsyncStreamOptions.MaxWindow)
        {
            result.AddError(
                $"{path}:{nameof(options.Window)} must be between {AsyncStreamOptions.MinWindow} and {AsyncStreamOptions.MaxWindow}, but "
                + $"is {options.Window}.");
        }

        if (!Enum.IsDefined(options.WhenNoSubscribers))
        {
            result.AddError(
                $"{path}:{nameof(options.WhenNoSubscribers)} must be {nameof(NoSubscribers.Wait)}, {nameof(NoSubscribers.Discard)} or "
                + $"{nameof(NoSubscribers.Throw)}, but is {options.WhenNoSubscribers}.");
        }

        if (options.DrainTimeout < TimeSpan.Zero || options.DrainTimeout > s_longest)
        {
            result.AddError(
                $"{path}:{nameof(options.DrainTimeout)} must be between 0 and {s_longest}, but is {options.DrainTimeout}. Leave it out to "
                + "use the host's shutdown timeout.");
        }

        if (options.DrainMargin < TimeSpan.Zero || options.DrainMargin > s_longest)
            result.AddError($"{path}:{nameof(options.DrainMargin)} must be between 0 and {s_longest}, but is {options.DrainMargin}.");
        if (options.AcceptAfterStop < TimeSpan.Zero || options.AcceptAfterStop > s_longest)
        {
            result.AddError(
                $"{path}:{nameof(options.AcceptAfterStop)} must be between 0 and {s_longest}, but is {options.AcceptAfterStop}.");
        }
        else if (HalfTheDrain(options) is { } half && options.AcceptAfterStop > half
            && options.AcceptAfterStop != StreamxOptions.DefaultAcceptAfterStop)
        {
            result.AddError(
                $"{path}:{nameof(options.AcceptAfterStop)} must be at most {half}, half of what the host has to drain the stream, but is "
                + $"{options.AcceptAfterStop}.");
        }

        return result.Build();
    }

    /// <summary>Half of the drain's time; null when the drain has no limit, or its own settings are wrong.</summary>
    private TimeSpan? HalfTheDrain(StreamxOptions options)
    {
        if (options.DrainTimeout < TimeSpan.Zero || options.DrainMargin < TimeSpan.Zero) return null;
        var half = DrainBudget.Divide(options, host.Value.ShutdownTimeout, out _).UntilClose;
        return half == Timeout.InfiniteTimeSpan ? null : half;
    }
}
