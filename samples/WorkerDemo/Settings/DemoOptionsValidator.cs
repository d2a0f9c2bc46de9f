using Microsoft.Extensions.Options;

namespace WorkerDemo;

/// <summary>Checks <see cref="DemoOptions"/>: its attributes, and what it checks itself. Generated, so that it survives trimming.</summary>
[OptionsValidator]
internal sealed partial class DemoOptionsValidator : IValidateOptions<DemoOptions>;
