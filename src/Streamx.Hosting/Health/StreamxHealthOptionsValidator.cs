using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Streamx.Hosting.Health;

/// <summary>Checks the settings of the health checks, and that their section has no others.</summary>
internal sealed class StreamxHealthOptionsValidator(IServiceProvider services) : IValidateOptions<StreamxHealthOptions>
{
    /// <summary>The section.</summary>
    internal const string Section = "StreamxHealth";

    /// <summary>The same maximum as for all other times.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StreamxHealthOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (services.GetService<IConfiguration>()?.GetSection(Section) is { } section)
        {
            foreach (var problem in ConfigurationValidator.UnknownKeys(section, [nameof(options.MaxItemAge)])) result.AddError(problem);
        }

        if (options.MaxItemAge <= TimeSpan.Zero || options.MaxItemAge > s_longest)
        {
            result.AddError(
                $"{Section}:{nameof(options.MaxItemAge)} must be more than 0 and at most {s_longest}, but is {options.MaxItemAge}. Leave "
                + "it out for no limit.");
        }

        return result.Build();
    }
}
