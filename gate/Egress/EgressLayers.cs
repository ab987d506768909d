namespace LatchGate.Egress;

/// <summary>Wire labels of <see cref="EgressLayer"/>.</summary>
public static class EgressLayers
{
    /// <summary>The lower-case label, stable over versions.</summary>
    public static string Label(this EgressLayer layer) => layer switch
    {
        EgressLayer.Kernel => "kernel",
        EgressLayer.Gate => "gate",
        EgressLayer.Proxy => "proxy",
        _ => throw new ArgumentOutOfRangeException(nameof(layer), layer, "Not a layer."),
    };
}
