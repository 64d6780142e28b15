import CCurl
import Execution

/// The transport's thread: takes commands, lets libcurl work, tells the ends. Confined to that thread.
final class CurlLoop {
    /// How long to sleep when nothing is due; commands and answers wake at once.
    private static let longestSleep = Duration.seconds(60)
    private static let maximumIdleHandles = 64

    private let mailbox: CurlMailbox
    private let requests: CurlRequests
    private let start: ContinuousClock.Instant
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    private var handles: [CallID: UnsafeMutableRawPointer] = [:]
    private var idle: [EasyHandle] = []
    private var wish: (time: MonotonicTime, action: @Sendable () -> Void)?

    init(
        _ mailbox: CurlMailbox, rules: AddressRules, options: CurlTransport.Options,
        start: ContinuousClock.Instant
    ) {
        self.mailbox = mailbox
        self.start = start
        requests = CurlRequests(rules: rules, options: options)
        _ = pawl_curl_multi_set_long(
            mailbox.multi, CURLMOPT_MAXCONNECTS, options.maximumIdleConnections)
    }

    func run() {
        var running: Int32 = 0
        while true {
            guard obey(mailbox.take()) else { break }
            curl_multi_perform(mailbox.multi, &running)
            collect()
            fulfilWish()
            curl_multi_poll(mailbox.multi, nil, 0, sleepMilliseconds, nil)
        }
        stop()
    }

    /// - Returns: whether to go on.
    private func obey(_ commands: [CurlCommand]) -> Bool {
        var goesOn = true
        for command in commands {
            switch command {
            case .send(let request, let id, let completion): send(request, id, completion)
            case .wake(let time, let action): wish = (time, action)
            case .stop: goesOn = false
            }
        }
        return goesOn
    }

    private func send(
        _ request: OutgoingRequest, _ id: CallID, _ completion: @escaping Transfer.Completion
    ) {
        func refuse(_ reason: String) {
            completion(
                .failure(TransportFailure(.unreachable, wasSent: false, message: reason)))
        }
        guard handles[id] == nil else { return refuse("the call is on its way already") }
        guard let easy = idle.popLast() ?? EasyHandle() else { return refuse("no memory") }
        guard let transfer = requests.transfer(request, id, easy, completion) else {
            curl_easy_cleanup(easy.handle)
            return refuse("libcurl cannot make this request safely")
        }
        guard curl_multi_add_handle(mailbox.multi, easy.handle) == CURLM_OK else {
            curl_easy_cleanup(easy.handle)
            return refuse("libcurl takes no more requests")
        }
        transfers[easy.handle] = transfer
        handles[id] = easy.handle
    }

    private func cancel(_ id: CallID) {
        guard let handle = handles[id], let transfer = remove(handle) else { return }
        transfer.fail(.cancelled, "cancelled")
        recycle(transfer)
    }

    /// Tells the ends that libcurl reports.
    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(mailbox.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle
            else { continue }
            let code = pawl_curl_result(message)
            guard let transfer = remove(handle) else { continue }
            transfer.finish(code)
            recycle(transfer)
        }
    }

    private func remove(_ handle: UnsafeMutableRawPointer) -> Transfer? {
        guard let transfer = transfers.removeValue(forKey: handle) else { return nil }
        handles[transfer.id] = nil
        curl_multi_remove_handle(mailbox.multi, handle)
        return transfer
    }

    /// A handle is kept for its memory; a reset leaves nothing of the last request in it.
    private func recycle(_ transfer: Transfer) {
        guard idle.count < Self.maximumIdleHandles else {
            curl_easy_cleanup(transfer.easy.handle)
            return
        }
        curl_easy_reset(transfer.easy.handle)
        idle.append(transfer.easy)
    }

    private var now: MonotonicTime { ContinuousClock.now - start }

    private func fulfilWish() {
        guard let wish, wish.time <= now else { return }
        self.wish = nil
        wish.action()
    }

    private var sleepMilliseconds: Int32 {
        guard let wish else { return Int32(Self.longestSleep.curlMilliseconds) }
        let left = min(wish.time - now, Self.longestSleep)
        return left > .zero ? Int32(left.curlMilliseconds) : 0
    }

    private func stop() {
        // In the order of their calls, so that an end in a test is the same every time.
        let order = handles.sorted { left, right in
            (left.key.instance.rawValue, left.key.activation, left.key.dispatch)
                < (right.key.instance.rawValue, right.key.activation, right.key.dispatch)
        }
        for (id, _) in order { cancel(id) }
        for easy in idle { curl_easy_cleanup(easy.handle) }
        idle = []
        mailbox.close()
    }
}
