using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>Checks the attributes of <see cref="DemoOptions"/>, and what it checks itself; written by a generator, so that it survives trimming.</summary>
[OptionsValidator]
internal sealed partial class DemoOptionsValidator : IValidateOptions<DemoOptions>;
