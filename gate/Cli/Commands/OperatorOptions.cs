using System.CommandLine;
using LatchGate.Cli.Client;

namespace LatchGate.Cli.Commands;

/// <summary>The options that say which operator is calling. No secret is ever an argument.</summary>
internal sealed class OperatorOptions
{
    private readonly Option<string?> _name = new("--operator") { Description = "The operator, when several are configured.", HelpName = "NAME", Recursive = true };

    private readonly Option<string?> _pem = new("--operator-pem")
    {
        Description = "The operator's key (also LATCHGATE_OPERATOR_PRIVATE_KEY).",
        HelpName = "FILE",
        Recursive = true,
    };

    internal void AddTo(Command command)
    {
        command.Options.Add(_name);
        command.Options.Add(_pem);
    }

    /// <exception cref="CliException">No operator can be found.</exception>
    internal OperatorClient Open(CliContext context, ParseResult parse) => OperatorDiscovery.Open(
        context.LoadConfig(parse),
        parse.GetValue(_name),
        parse.GetValue(_pem),
        context.Services.Environment,
        context.Services.Time);
}
