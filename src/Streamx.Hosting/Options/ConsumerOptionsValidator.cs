using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Options;

/// <summary>Checks the settings of a consumer; messages name the setting by its configuration path.</summary>
internal sealed class ConsumerOptionsValidator
    : IValidateOptions<ConsumerOptions>, IValidateOptions<BatchConsumerOptions>, IValidateOptions<ProcessorOptions>
{
    /// <summary>The longest wait a timer can make.</summary>
    private static readonly TimeSpan s_maxWait = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ConsumerOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Check(result, PathOf(name), options);
        return result.Build();
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ProcessorOptions options) => Validate(name, (ConsumerOptions)options);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, BatchConsumerOptions options)
    {
        var path = PathOf(name);
        var result = new ValidateOptionsResultBuilder();
        Check(result, path, options);
        if (options.MaxBatchSize < 1)
            result.AddError($"{path}:{nameof(options.MaxBatchSize)} must be at least 1, but is {options.MaxBatchSize}.");
        if (options.MaxBatchWait < TimeSpan.Zero || options.MaxBatchWait > s_maxWait)
            result.AddError($"{path}:{nameof(options.MaxBatchWait)} must be between 0 and {s_maxWait}, but is {options.MaxBatchWait}.");
        return result.Build();
    }

    private static void Check(ValidateOptionsResultBuilder result, string path, ConsumerOptions options)
    {
        if (!Enum.IsDefined(options.Mode))
        {
            result.AddError(
                $"{path}:{nameof(options.Mode)} must be {nameof(SubscriptionMode.Every)} or {nameof(SubscriptionMode.Latest)}, but is "
                + $"{options.Mode}.");
        }

        if (options.Concurrency < 1)
            result.AddError($"{path}:{nameof(options.Concurrency)} must be at least 1, but is {options.Concurrency}.");
        if (options.Concurrency > 1 && options.Mode == SubscriptionMode.Latest)
        {
            result.AddError(
                $"{path}:{nameof(options.Concurrency)} is {options.Concurrency} and {path}:{nameof(options.Mode)} is "
                + $"{nameof(SubscriptionMode.Latest)}: "
                + $"a {nameof(SubscriptionMode.Latest)} consumer handles one value at a time, the newest. Set one of the two otherwise.");
        }

        RetryOptionsValidator.CheckEnum(result, $"{path}:{nameof(options.StartFrom)}", options.StartFrom);
        RetryOptionsValidator.CheckEnum(result, $"{path}:{nameof(options.OnFailure)}", options.OnFailure);
        RetryOptionsValidator.CheckEnum(result, $"{path}:{nameof(options.OnStall)}", options.OnStall);
        RetryOptionsValidator.Check(result, $"{path}:{nameof(options.Retry)}", options.Retry);
        RetryOptionsValidator.Check(result, $"{path}:{nameof(options.Restart)}", options.Restart);
        if (options.StallAfter != Timeout.InfiniteTimeSpan && (options.StallAfter <= TimeSpan.Zero || options.StallAfter > s_maxWait))
        {
            result.AddError(
                $"{path}:{nameof(options.StallAfter)} must be more than 0 and at most {s_maxWait}, or {Timeout.InfiniteTimeSpan} for "
                + $"never, but is {options.StallAfter}.");
        }
    }

    private static string PathOf(string? optionsName) => StreamxConfiguration.ConsumerPath(optionsName ?? "");
}
