namespace WorkerDemo;

/// <summary>An argument or a setting is wrong, and the program cannot start. The message is one sentence for the user.</summary>
internal sealed class SettingException(string message, Exception? inner = null) : Exception(message, inner);
