namespace Harness.Engines.Products;

/// <summary>Where an engine's containers run, seen from the client.</summary>
internal enum EnginePlace
{
    /// <summary>The signs do not tell.</summary>
    Unknown,

    /// <summary>On the client's own kernel.</summary>
    SameKernel,

    /// <summary>In a virtual machine that a known product runs for the client.</summary>
    ProductVm,

    /// <summary>On another host.</summary>
    OtherMachine,
}

/// <summary>One thing that tells where an engine is, and what was read of it.</summary>
/// <param name="Name">Which: <c>boot-id</c>, <c>engine-kernel</c>, ….</param>
/// <param name="Reading">As read, unless that would name a host or a user.</param>
/// <param name="Says">What follows, as a clause.</param>
internal sealed record EngineSign(string Name, string Reading, string Says);

/// <summary>Where an engine is, and by which signs.</summary>
/// <param name="Place">Where its containers run.</param>
/// <param name="Product">The product that it belongs to, such as Docker Desktop; null where no sign names one.</param>
/// <param name="SharesKernel">Whether its containers run on the client's kernel; null where no sign tells.</param>
/// <param name="Signs">All that was found, the strongest first.</param>
internal sealed record EngineHome(EnginePlace Place, string? Product, bool? SharesKernel, ImmutableArray<EngineSign> Signs)
{
    /// <summary>The place in one word, as a reading has it.</summary>
    internal string Word => Place switch
    {
        EnginePlace.SameKernel => "same-kernel",
        EnginePlace.ProductVm => "product-vm",
        EnginePlace.OtherMachine => "other-machine",
        _ => "unknown",
    };

    /// <summary>One sentence without its end, with the signs it follows from.</summary>
    internal string Spoken
    {
        get
        {
            var product = Product is null ? "" : $" ({Product})";
            var place = Place switch
            {
                EnginePlace.SameKernel => $"containers run on this system's own kernel{product}",
                EnginePlace.ProductVm => $"containers run in a VM of {Product}",
                EnginePlace.OtherMachine => "containers run on another host",
                _ when SharesKernel == false => "containers run on another kernel than this system's, in a VM or on another host",
                _ => "where containers run is not known",
            };
            return Signs.IsEmpty ? place : $"{place}, by {string.Join(", ", Signs.Select(sign => $"{sign.Name} ({sign.Says})"))}";
        }
    }
}
