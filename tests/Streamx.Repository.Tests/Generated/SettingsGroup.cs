using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Streamx.Hosting;

namespace Streamx.Repository.Tests.Generated;

/// <summary>The settings of one class of options.</summary>
internal abstract partial class SettingsGroup
{
    /// <summary>The rows of the table.</summary>
    internal abstract IEnumerable<string> Rows { get; }

    /// <summary>The settings of a class.</summary>
    /// <param name="section">The section in the configuration; null if the class is set by code alone.</param>
    /// <param name="validators">Check the settings; their messages state the ranges.</param>
    /// <param name="name">The name of the options, which decides which validator checks them.</param>
    internal static SettingsGroup Of<TOptions>(string? section, IEnumerable<IValidateOptions<TOptions>> validators, string name)
        where TOptions : class, new() => new Group<TOptions>(section, [.. validators], name);

    /// <summary>Reads a range from a message such as <c>Streamx:orders:Window must be at least 1, but is 0.</c></summary>
    [GeneratedRegex(@":(?<setting>\w+)( is .+; it has to be (?<range>.+)\.$| must be (?<range>.+?), but is )")]
    private static partial Regex Range();

    private sealed class Group<TOptions>(string? section, IValidateOptions<TOptions>[] validators, string name) : SettingsGroup
        where TOptions : class, new()
    {
        internal override IEnumerable<string> Rows => RowsOf(new TOptions(), section, typeof(TOptions).Name, options => options);

        private IEnumerable<string> RowsOf(object defaults, string? path, string code, Func<TOptions, object> find)
        {
            // A base class that is not abstract has rows of its own. In the order of the source, which reflection does not keep.
            var properties = defaults.GetType().GetProperties()
                .Where(property => property.DeclaringType == defaults.GetType() || property.DeclaringType!.IsAbstract)
                .OrderBy(property => property.DeclaringType!.IsAbstract).ThenBy(property => property.MetadataToken);
            foreach (var property in properties)
            {
                var value = property.GetValue(defaults);
                var (key, member) = (path is null ? null : $"{path}:{property.Name}", $"{code}.{property.Name}");
                if (value is RetryOptions)
                {
                    foreach (var row in RowsOf(value, key, member, options => property.GetValue(find(options))!)) yield return row;
                    continue;
                }

                yield return $"| {(key is null ? "by code alone" : $"`{key}`")} | `{member}` | {Describe(property)} | {Format(value)} "
                    + $"| {FindRange(property, find)} | {XmlSummaries.Of(property)} |";
            }
        }

        /// <summary>The range that a validator states when it refuses a value.</summary>
        private string FindRange(PropertyInfo property, Func<TOptions, object> find)
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object? wrong = type.IsEnum ? Enum.ToObject(type, -1)
                : type == typeof(int) ? int.MinValue
                : type == typeof(long) ? long.MinValue
                : type == typeof(TimeSpan) ? TimeSpan.FromDays(-1)
                : null;
            if (wrong is null) return "";
            var options = new TOptions();
            var target = find(options);
            var others = MarkDurations(target);
            property.SetValue(target, wrong);
            var messages = validators.Select(validator => validator.Validate(name, options)).SelectMany(result => result.Failures ?? []);
            var range = messages.Select(message => Range().Match(message))
                .FirstOrDefault(match => match.Groups["setting"].Value == property.Name)?.Groups["range"].Value;
            if (range is null) return type.IsEnum ? string.Join(", ", Enum.GetNames(type)) : "";
            foreach (var (text, setting) in others) range = range.Replace(text, $"`{setting}`", StringComparison.Ordinal);
            return TrailingZeros().Replace(range, "${time}");
        }

        /// <summary>Gives each duration a value that no other has, so that a bound that is another setting is recognised.</summary>
        private static List<(string Text, string Setting)> MarkDurations(object options)
        {
            List<(string, string)> marked = [];
            foreach (var property in options.GetType().GetProperties().Where(property => property.PropertyType == typeof(TimeSpan)))
            {
                var value = (TimeSpan)property.GetValue(options)! + TimeSpan.FromTicks(marked.Count + 1);
                property.SetValue(options, value);
                marked.Add((value.ToString(), property.Name));
            }

            return marked;
        }
    }

    private static string Describe(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "number"
            : type == typeof(TimeSpan) ? "duration"
            : type == typeof(string) ? "text"
            : type == typeof(Uri) ? "address"
            : type == typeof(IList<string>) ? "list of texts"
            : $"`{type.Name}`";
    }

    private static string Format(object? value) => value switch
    {
        null => "none",
        IList<string> { Count: 0 } => "none",
        bool flag => flag ? "true" : "false",
        int.MaxValue => "without end",
        TimeSpan time => TrailingZeros().Replace($"{time:c}", "${time}"),
        Uri uri => $"`{uri.OriginalString}`",
        string text => $"`{text}`",
        TimeProvider => "the system's",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>00:00:00.2000000 is 00:00:00.2.</summary>
    [GeneratedRegex(@"(?<time>\d\d:\d\d:\d\d\.\d*[1-9])0+\b")]
    private static partial Regex TrailingZeros();
}
