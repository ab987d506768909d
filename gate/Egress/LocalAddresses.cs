using System.Net;
using System.Net.NetworkInformation;

namespace LatchGate.Egress;

/// <summary>Addresses of the machine that the gate runs on, as they are when asked.</summary>
public static class LocalAddresses
{
    /// <summary>The machine's unicast addresses without loopback, for <see cref="EgressCeiling.GateAddresses"/>.</summary>
    public static IEnumerable<IPAddress> Enumerate()
    {
        foreach (var card in NetworkInterface.GetAllNetworkInterfaces())
        {
            foreach (var unicast in card.GetIPProperties().UnicastAddresses)
            {
                if (!IPAddress.IsLoopback(unicast.Address))
                {
                    yield return unicast.Address;
                }
            }
        }
    }
}
