import Dispatch

/// Where the engine's task runs: a thread of its own, so that it may wait for the disk without taking a thread of
/// the cooperative pool from everybody else.
final class EngineThread: TaskExecutor {
    private let queue: DispatchQueue

    init(label: String = "pawl.engine") {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
