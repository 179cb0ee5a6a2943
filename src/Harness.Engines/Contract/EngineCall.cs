using System.Runtime.CompilerServices;

namespace Harness.Engines.Contract;

/// <summary>
/// What an engine was asked, to be awaited once. It is awaited by whoever times it and by nobody in between: the answer is translated when it is
/// taken, without a state machine of its own, so that this layer adds no wait to a measured start.
/// </summary>
/// <param name="task">The client's own task.</param>
/// <param name="take">Takes the answer of the finished task, or throws an <see cref="EngineException"/>.</param>
internal readonly struct EngineCall<T>(Task task, Func<Task, T> take)
{
    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(task, take);

    /// <summary>For <c>await</c>.</summary>
    /// <param name="task">The client's own task.</param>
    /// <param name="take">Takes its answer.</param>
    internal readonly struct Awaiter(Task task, Func<Task, T> take) : ICriticalNotifyCompletion
    {
        /// <summary>Whether the answer is there.</summary>
        public bool IsCompleted => task.IsCompleted;

        /// <summary>The answer.</summary>
        /// <exception cref="EngineException">The engine refused, or went away.</exception>
        public T GetResult() => take(task);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => task.GetAwaiter().OnCompleted(continuation);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => task.GetAwaiter().UnsafeOnCompleted(continuation);
    }
}

/// <summary>The same for a question whose answer is that it was done.</summary>
/// <param name="task">The client's own task.</param>
/// <param name="check">Throws an <see cref="EngineException"/> where the finished task failed.</param>
internal readonly struct EngineCall(Task task, Action<Task> check)
{
    /// <summary>For <c>await</c>.</summary>
    public Awaiter GetAwaiter() => new(task, check);

    /// <summary>For <c>await</c>.</summary>
    /// <param name="task">The client's own task.</param>
    /// <param name="check">Throws where it failed.</param>
    internal readonly struct Awaiter(Task task, Action<Task> check) : ICriticalNotifyCompletion
    {
        /// <summary>Whether the answer is there.</summary>
        public bool IsCompleted => task.IsCompleted;

        /// <summary>It was done.</summary>
        /// <exception cref="EngineException">The engine refused, or went away.</exception>
        public void GetResult() => check(task);

        /// <inheritdoc/>
        public void OnCompleted(Action continuation) => task.GetAwaiter().OnCompleted(continuation);

        /// <inheritdoc/>
        public void UnsafeOnCompleted(Action continuation) => task.GetAwaiter().UnsafeOnCompleted(continuation);
    }
}
