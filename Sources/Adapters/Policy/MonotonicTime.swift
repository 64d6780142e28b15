/// Time since some fixed moment, by a clock that never jumps. Durations of limits, windows and deadlines
/// are measured by it; `--time-scale` does not touch it.
package typealias MonotonicTime = Duration
