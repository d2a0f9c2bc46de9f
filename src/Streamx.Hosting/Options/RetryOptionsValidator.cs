using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Options;

/// <summary>The checks that producers' and consumers' settings share.</summary>
internal static class RetryOptionsValidator
{
    /// <summary>The longest wait that Polly makes.</summary>
    private static readonly TimeSpan s_maxDelay = TimeSpan.FromDays(1);

    /// <summary>Checks retry settings.</summary>
    internal static void Check(ValidateOptionsResultBuilder result, string path, RetryOptions? options)
    {
        if (options is null)
        {
            result.AddError($"{path} must not be null.");
            return;
        }

        if (options.MaxAttempts < 0)
            result.AddError($"{path}:{nameof(options.MaxAttempts)} must be at least 0, but is {options.MaxAttempts}.");
        if (options.Delay < TimeSpan.Zero || options.Delay > s_maxDelay)
            result.AddError($"{path}:{nameof(options.Delay)} must be between 0 and {s_maxDelay}, but is {options.Delay}.");
        if (options.MaxDelay < options.Delay || options.MaxDelay > s_maxDelay)
        {
            result.AddError(
                $"{path}:{nameof(options.MaxDelay)} must be between {nameof(options.Delay)} and {s_maxDelay}, but is {options.MaxDelay}.");
        }
    }

    /// <summary>Checks that a value is one of its type's.</summary>
    internal static void CheckEnum<TEnum>(ValidateOptionsResultBuilder result, string path, TEnum value)
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value)) result.AddError($"{path} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}, but is {value}.");
    }
}
