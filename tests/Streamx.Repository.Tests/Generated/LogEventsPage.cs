using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Streamx.Repository.Tests.Generated;

/// <summary>Generates <c>docs/log-events.md</c>.</summary>
internal static class LogEventsPage
{
    private const string Head = """
        # Log events

        <!-- Generated from the [LoggerMessage] attributes: run LogEventsPageTests with STREAMX_RECORD_API=1. -->

        Everything that the packages log. Ids are unique within a category. Names in braces are properties of the event, for logs that are
        stored as data. No message contains a value of a stream or a secret; exceptions of your own code are logged as they are.

        """;

    private const BindingFlags DeclaredMethods =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The events of a package, and the method that logs each.</summary>
    internal static IEnumerable<(LoggerMessageAttribute Message, MethodInfo Method)> EventsOf(Assembly package) =>
        from type in package.GetTypes()
        from method in type.GetMethods(DeclaredMethods)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()
        where message is not null
        orderby message.EventId
        select (message, method);

    /// <summary>The page.</summary>
    internal static string Generate(IEnumerable<Assembly> packages) =>
        Head + string.Concat(packages.Where(package => EventsOf(package).Any()).Select(SectionOf));

    private static string SectionOf(Assembly package)
    {
        var rows = EventsOf(package).Select(found =>
            $"| {found.Message.EventId} | `{found.Message.EventName ?? found.Method.Name}` | {found.Message.Level} "
            + $"| {found.Message.Message.Replace("|", "\\|", StringComparison.Ordinal)} | {(HasException(found.Method) ? "yes" : "")} |\n");
        return $"\n## Category {CategoryOf(package)}\n\n| id | name | level | message | exception |\n|---|---|---|---|---|\n"
            + string.Concat(rows);
    }

    private static string CategoryOf(Assembly package)
    {
        var log = package.GetType($"{package.GetName().Name}.Log", throwOnError: true)!;
        return (string)log.GetField("Category", BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;
    }

    private static bool HasException(MethodInfo method) =>
        method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Exception));
}
