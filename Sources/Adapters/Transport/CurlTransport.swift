import CCurl
import Execution
import Foundation
import Synchronization

/// libcurl on one thread: its multi interface keeps any number of requests, their connections and their deadlines.
///
/// Other threads leave commands in a list and wake the thread; everything of libcurl but the waking happens on
/// it, completions included.
package final class CurlTransport: Transport {
    package struct Options: Sendable {
        /// PEM file of certificate authorities instead of the system's.
        package var caFile: String?
        /// PEM files of what we show who asks for it.
        package var certificateFile: String?
        package var keyFile: String?
        /// Of the connection and TLS, within the request's own timeout.
        package var connectTimeout: Duration
        /// Connections that are kept for further requests.
        package var maximumIdleConnections: Int
        /// An older one is not used again: the longer it rests, the likelier its server is closing it just now, which
        /// leaves the outcome of what was sent over it unknown.
        package var maximumIdleTime: Duration
        /// Where names lead, in libcurl's words (`name:port:address`), asked before each request; none: DNS says. What it says
        /// is held against the rules as DNS's answer is.
        package var resolutions: @Sendable () -> [String] = { [] }

        package init(
            caFile: String? = nil, connectTimeout: Duration = .seconds(10),
            maximumIdleConnections: Int = 256, maximumIdleTime: Duration = .seconds(60)
        ) {
            self.caFile = caFile
            self.connectTimeout = connectTimeout
            self.maximumIdleConnections = maximumIdleConnections
            self.maximumIdleTime = maximumIdleTime
        }
    }

    private let mailbox: CurlMailbox
    private let start = ContinuousClock.now

    /// - Parameter rules: asked for every address that a name leads to.
    /// - Returns: nil when libcurl has no memory, or lacks what keeps requests safe.
    package init?(rules: AddressRules, options: Options = Options()) {
        guard Self.isInitialised, let multi = curl_multi_init() else { return nil }
        let mailbox = CurlMailbox(multi)
        self.mailbox = mailbox
        let clock = start
        let thread = Thread {
            CurlLoop(mailbox, rules: rules, options: options, start: clock).run()
        }
        thread.name = "pawl-adapters"
        thread.start()
    }

    deinit {
        shutdown()
    }

    /// Ends the thread; requests on their way fail with `cancelled`.
    package func shutdown() {
        mailbox.post(.stop)
    }

    package var now: MonotonicTime { ContinuousClock.now - start }

    package func send(
        _ request: OutgoingRequest, for id: CallID,
        completion: @escaping @Sendable (Result<Answer, TransportFailure>) -> Void
    ) {
        let isOpen = mailbox.post(.send(request, id, completion))
        guard !isOpen else { return }
        completion(
            .failure(TransportFailure(.cancelled, wasSent: false, message: "shutting down")))
    }

    package func wake(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) {
        mailbox.post(.wake(time, action))
    }

    /// Once in a process, before anything else of libcurl.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// What other threads want of the transport's thread.
enum CurlCommand: Sendable {
    case send(OutgoingRequest, CallID, Transfer.Completion)
    case wake(MonotonicTime, @Sendable () -> Void)
    case stop
}

/// The way to the thread. Unchecked: `multi` is shared, and libcurl allows exactly one use of it from other threads,
/// `curl_multi_wakeup`, which is made under the lock that also guards the handle's end.
final class CurlMailbox: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer

    private struct State {
        var commands: [CurlCommand] = []
        var isOpen = true
    }

    private let state = Mutex(State())

    init(_ multi: UnsafeMutableRawPointer) {
        self.multi = multi
    }

    /// - Returns: false when the thread has ended or was told to.
    @discardableResult
    func post(_ command: CurlCommand) -> Bool {
        state.withLock { state in
            guard state.isOpen else { return false }
            if case .stop = command { state.isOpen = false }
            state.commands.append(command)
            curl_multi_wakeup(multi)
            return true
        }
    }

    func take() -> [CurlCommand] {
        state.withLock { state in
            let commands = state.commands
            state.commands = []
            return commands
        }
    }

    /// No wake-up can be under way when the handle goes: the lock is held, and after `stop` none begins.
    func close() {
        state.withLock { state in
            state.isOpen = false
            curl_multi_cleanup(multi)
        }
    }
}
