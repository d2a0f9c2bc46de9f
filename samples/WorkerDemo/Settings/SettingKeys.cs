using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;

namespace WorkerDemo;

/// <summary>Which settings there are: a misspelt key must not look like a setting that works.</summary>
internal static class SettingKeys
{
    /// <summary>The settings in each section. What is neither here nor a value has a value for each name, such as a worker's.</summary>
    private static readonly Dictionary<string, string[]> s_known = new(StringComparer.OrdinalIgnoreCase)
    {
        [DemoOptions.Section] = NamesOf<DemoOptions>(),
        [$"{DemoOptions.Section}:{nameof(DemoOptions.Processes)}"] = NamesOf<ProcessOptions>(),
        [$"{DemoOptions.Section}:{nameof(DemoOptions.Alerts)}"] = NamesOf<AlertOptions>(),
        [$"{DemoOptions.Section}:{nameof(DemoOptions.Summary)}"] = NamesOf<SummaryOptions>(),
        [LogOptions.Section] = NamesOf<LogOptions>(),
        [$"{LogOptions.Section}:{nameof(LogOptions.MinimumLevel)}"] = NamesOf<LogLevels>(),
    };

    /// <summary>Checks a section.</summary>
    /// <exception cref="SettingException">A key in it sets nothing.</exception>
    internal static void Check(IConfigurationSection section)
    {
        if (Unknown(section).FirstOrDefault() is { } unknown) throw new SettingException($"{unknown} sets nothing: there is no such setting.");
    }

    private static IEnumerable<string> Unknown(IConfigurationSection section)
    {
        foreach (var child in section.GetChildren())
        {
            if (!s_known[section.Path].Contains(child.Key, StringComparer.OrdinalIgnoreCase)) yield return child.Path;
            // Names contain no colon, so nothing stands below one.
            var unknown = s_known.ContainsKey(child.Path) ? Unknown(child) : child.GetChildren().SelectMany(name => name.GetChildren()).Select(below => below.Path);
            foreach (var path in unknown) yield return path;
        }
    }

    /// <summary>The type is named by the caller, so that trimming keeps its properties.</summary>
    private static string[] NamesOf<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>() =>
        [.. typeof(TOptions).GetProperties().Select(property => property.Name)];
}
