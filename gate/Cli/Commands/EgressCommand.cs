using System.CommandLine;

namespace LatchGate.Cli.Commands;

/// <summary><c>latchgate egress</c>: what may leave, why something did not, and what would change it.</summary>
internal static class EgressCommand
{
    internal static Command Create(CliContext context)
    {
        var identity = new OperatorOptions();
        var command = new Command("egress", "See what may leave through an action, and why something did not.")
        {
            EgressExplainCommand.Create(context),
            EgressAllowlistCommand.Create(context),
            EgressTestCommand.Create(context),
            EgressWhyCommand.Create(context, identity),
            EgressLearnCommand.Create(context, identity),
        };
        identity.AddTo(command);
        return command;
    }
}
