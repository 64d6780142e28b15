import ArgumentParser
import CCurl
import Values

/// What libcurl's multi interface reaches alone against the same server: the limit of W2.
struct CurlAlone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curl-alone", abstract: "The limit of W2: libcurl and nothing else.")

    @Option var port: Int
    @Option var clients = 1
    @OptionGroup var timing: Timing

    func run() throws {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init()
        else { throw BenchError("libcurl cannot be used") }
        defer { curl_multi_cleanup(multi) }
        let handles = try (0..<clients).map { _ in try request() }
        var startedAt: [UnsafeMutableRawPointer: UInt64] = [:]
        for handle in handles {
            startedAt[handle] = Monotonic.now()
            curl_multi_add_handle(multi, handle)
        }
        let opening = Monotonic.now() + UInt64(timing.warm * 1e9)
        let closing = opening + UInt64(timing.seconds * 1e9)
        let cpu = Process.cpuSeconds()
        var latencies: [UInt64] = []
        var running: Int32 = 0
        while Monotonic.now() < closing {
            curl_multi_perform(multi, &running)
            var left: Int32 = 0
            while let message = curl_multi_info_read(multi, &left) {
                guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                    pawl_curl_result(message) == CURLE_OK
                else { throw BenchError("a request failed") }
                let now = Monotonic.now()
                if now >= opening { latencies.append(now - (startedAt[handle] ?? now)) }
                curl_multi_remove_handle(multi, handle)
                startedAt[handle] = now
                curl_multi_add_handle(multi, handle)
            }
            curl_multi_poll(multi, nil, 0, 100, nil)
        }
        report(
            Measurement(
                latencies: latencies, seconds: timing.seconds,
                cpuSeconds: Process.cpuSeconds() - cpu
            ).members("libcurl", clients: clients))
    }

    private func request() throws -> UnsafeMutableRawPointer {
        guard let handle = curl_easy_init() else { throw BenchError("libcurl has no memory") }
        _ = pawl_curl_set_string(handle, CURLOPT_URL, "http://127.0.0.1:\(port)/step")
        _ = pawl_curl_set_list(
            handle, CURLOPT_HTTPHEADER,
            curl_slist_append(nil, "Content-Type: application/json"))
        _ = pawl_curl_set_string(handle, CURLOPT_COPYPOSTFIELDS, #"{"step":1}"#)
        _ = pawl_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
        return handle
    }
}
