using System.Xml.Linq;

namespace Streamx.Repository.Tests.Packages;

/// <summary>A project that has other projects restored, built and packed, in one run of the tool.</summary>
internal static class Traversal
{
    /// <summary>Writes it.</summary>
    public static Task WriteAsync(string path, IEnumerable<string> projects)
    {
        var project = new XElement("Project", new XAttribute("DefaultTargets", "Build"), new XElement("ItemGroup", projects.Select(other => new XElement("Member", new XAttribute("Include", other)))));
        foreach (var target in new[] { "Restore", "Build", "Pack" })
            project.Add(new XElement("Target", new XAttribute("Name", target), new XElement("MSBuild", new XAttribute("Projects", "@(Member)"), new XAttribute("Targets", target))));
        return File.WriteAllTextAsync(path, project.ToString());
    }
}
