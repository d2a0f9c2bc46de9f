using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Streamx.Repository.Tests.Generated;

/// <summary>The summaries of doc comments, as Markdown.</summary>
internal static partial class XmlSummaries
{
    private static readonly Dictionary<Assembly, XDocument> s_files = [];

    /// <summary>The summary of a property.</summary>
    internal static string Of(PropertyInfo property)
    {
        var assembly = property.DeclaringType!.Assembly;
        if (!s_files.TryGetValue(assembly, out var file))
            s_files[assembly] = file = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        var name = $"P:{property.DeclaringType.FullName}.{property.Name}";
        var summary = file.Descendants("member").Single(member => member.Attribute("name")!.Value == name).Element("summary")!;
        var text = Spaces().Replace(string.Concat(summary.Nodes().Select(ToMarkdown)), " ").Trim();
        return text.Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string ToMarkdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("langword")?.Value ?? NameOf(see.Attribute("cref")!.Value)}`",
        XElement element => $"`{element.Value}`",
        _ => "",
    };

    /// <summary>The last part of a reference: <c>M:Streamx.Subscribe(System.String)</c> is <c>Subscribe</c>.</summary>
    private static string NameOf(string reference) => reference.Split('(')[0].Split('.')[^1];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
