using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Options;

/// <summary>Checks the settings of a producer; messages name the setting by its configuration path.</summary>
internal sealed class ProducerOptionsValidator : IValidateOptions<ProducerOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ProducerOptions options)
    {
        var path = StreamxConfiguration.ProducerPath(name ?? "");
        var result = new ValidateOptionsResultBuilder();
        RetryOptionsValidator.CheckEnum(result, $"{path}:{nameof(options.OnFailure)}", options.OnFailure);
        RetryOptionsValidator.Check(result, $"{path}:{nameof(options.Restart)}", options.Restart);
        return result.Build();
    }
}
