import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Whoever sends `Expect: 100-continue` waits with the body until it is wanted (RFC 9110, 10.1.1): they are told when the
/// first byte of it is asked for, and never where the headers already decide.
final class Expectation: Sendable {
    private let channel: any Channel
    private let isOpen: Mutex<Bool>

    init(_ request: Request, _ channel: any Channel) {
        self.channel = channel
        let text = request.headers[.expect] ?? ""
        isOpen = Mutex(text.lowercased() == "100-continue")
    }

    /// Nobody was told to go on: what they would have sent may never come.
    var isUnmet: Bool { isOpen.withLock { $0 } }

    /// The body is going to be read.
    func meet() {
        let isAwaited = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isAwaited else { return }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }
}
