using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Streamx.Hosting.Configuration;

/// <summary>Finds values that the binder would read differently from what their author meant.</summary>
/// <remarks>
/// The binder reads a bare number as a time span of that many days, and joins the names of a list of enum values bit by bit, so
/// that the result may happen to be a defined value.
/// </remarks>
internal static class SettingText
{
    /// <summary>The misleading values of a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">The options that are bound from it.</param>
    internal static List<string> Problems(
        IConfigurationSection section, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options)
    {
        List<string> problems = [];
        foreach (var property in options.GetProperties())
        {
            var setting = section.GetSection(property.Name);
            if (property.PropertyType == typeof(RetryOptions)) problems.AddRange(Problems(setting, typeof(RetryOptions)));
            else if (setting.Value is { } value && ProblemOf(setting.Path, value.Trim(), property.PropertyType) is { } problem)
                problems.Add(problem);
        }

        return problems;
    }

    /// <summary>The keys of a section that set nothing.</summary>
    /// <inheritdoc cref="Problems"/>
    internal static IEnumerable<string> UnknownKeys(
        IConfigurationSection section, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options)
    {
        string[] known = [.. options.GetProperties().Select(property => property.Name)];
        return section.GetChildren()
            .Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            .Select(
                child => $"Configuration '{child.Path}' has no effect. Known settings there: "
                    + $"{string.Join(", ", known)}.{NearestName.Suggest(child.Key, known)}");
    }

    private static string? ProblemOf(string path, string value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(TimeSpan) && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            return $"{path} is '{value}', which has no unit. Write a duration as hours:minutes:seconds: 00:00:10 is ten seconds.";
        if (type.IsEnum && value.Contains(','))
            return $"{path} must be one of {string.Join(", ", Enum.GetNames(type))}, but is '{value}'.";
        return null;
    }
}
