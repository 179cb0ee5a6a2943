namespace Harness.Sandboxes.Treatments;

/// <summary>Whether something answered, and what it said.</summary>
/// <param name="Works">Null: it was not tried.</param>
/// <param name="Said">One line.</param>
public sealed record RuntimeAnswer(bool? Works, string Said);
