import Access
import Foundation
import Glibc
import Sabotage

/// A program that says a secret: run without a shell, with nothing in its environment but `PATH` and `HOME`, no input, and
/// a deadline. What it says on stderr goes nowhere: it could say the secret.
package enum CommandRun {
    package static let deadline = Duration.seconds(10)
    /// Bytes that it may say.
    package static let limit = 64 << 10

    /// Why there is no secret. Names the program, never what it says.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter arguments: the first is the path of the program.
    /// - Returns: what it says on stdout, without one line end.
    package static func output(
        of arguments: [String], deadline: Duration = deadline
    ) throws(Problem) -> String {
        let name = arguments.first ?? ""
        guard name.hasPrefix("/") else {
            throw Problem(description: "the command \(name) is not a whole path")
        }
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw Problem(description: "the command \(name) has an argument with a NUL in it")
        }
        let end = ContinuousClock.now + deadline
        let (process, pipe) = try start(arguments)
        let bytes: [UInt8]
        do throws(Problem) {
            bytes = try read(pipe.number, until: end, name, deadline)
        } catch {
            kill(-process, SIGKILL)
            _ = wait(process, until: nil)
            throw error
        }
        guard let status = wait(process, until: end) else {
            kill(-process, SIGKILL)
            _ = wait(process, until: nil)
            throw late(name, deadline)
        }
        guard status == 0 else {
            let said = isMutant(.commandSecretInError) ? String(decoding: bytes, as: UTF8.self) : ""
            throw Problem(description: "the command \(name) ended with \(ending(status))\(said)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(description: "the command \(name) says what is not UTF-8")
        }
        let line = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard !line.isEmpty else {
            throw Problem(description: "the command \(name) says nothing")
        }
        return line
    }

    private static func late(_ name: String, _ deadline: Duration) -> Problem {
        Problem(
            description: "the command \(name) took longer than \(deadline.components.seconds) s")
    }

    private static func ending(_ status: Int32) -> String {
        status & 0x7F == 0 ? "status \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
    }

    // MARK: The process

    private static func start(
        _ arguments: [String]
    ) throws(Problem) -> (process: pid_t, pipe: Descriptor) {
        let name = arguments.first ?? ""
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failed(name, errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (out, into) = (Descriptor(ends[0]), Descriptor(ends[1]))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, into.number, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that what it starts ends with it.
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var process = pid_t()
        let code = withTexts(arguments) { argv in
            withTexts(environment) { posix_spawn(&process, name, &actions, &attributes, argv, $0) }
        }
        guard code == 0 else { throw failed(name, code) }
        return (process, out)
    }

    private static var environment: [String] {
        let own = ProcessInfo.processInfo.environment
        return ["PATH", "HOME"].compactMap { name in own[name].map { "\(name)=\($0)" } }
    }

    private static func failed(_ name: String, _ code: Int32) -> Problem {
        Problem(
            description: "the command \(name) cannot be started: \(String(cString: strerror(code)))"
        )
    }

    private static func withTexts(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }

    private static func read(
        _ pipe: Int32, until end: ContinuousClock.Instant, _ name: String, _ deadline: Duration
    ) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = end - .now
            guard left > .zero else { throw late(name, deadline) }
            var wanted = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, Int32(left / .milliseconds(1)) + 1)
            if ready < 0, errno == EINTR { continue }
            guard ready != 0 else { continue }
            let count = Glibc.read(pipe, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failed(name, errno) }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
            guard bytes.count <= limit else {
                throw Problem(description: "the command \(name) says more than \(limit) bytes")
            }
        }
    }

    /// - Returns: how it ended; nil: not in time.
    private static func wait(_ process: pid_t, until end: ContinuousClock.Instant?) -> Int32? {
        var status: Int32 = 0
        while true {
            let found = waitpid(process, &status, end == nil ? 0 : WNOHANG)
            if found == process { return status }
            if found < 0, errno != EINTR { return -1 }
            if let end {
                guard ContinuousClock.now < end else { return nil }
                usleep(2_000)
            }
        }
    }
}
