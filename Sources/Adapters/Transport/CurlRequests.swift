import CCurl
import Execution
import Sabotage

/// Turns requests into libcurl's options. Whatever libcurl would do on its own accord is turned off: redirects,
/// proxies of the environment, user names in addresses, signals, other protocols, sending again.
struct CurlRequests {
    let rules: AddressRules
    let options: CurlTransport.Options

    /// nil when an option was not taken: a request without its guards is not sent.
    func transfer(
        _ request: OutgoingRequest, _ id: CallID, _ easy: EasyHandle,
        _ completion: @escaping Transfer.Completion
    ) -> Transfer? {
        let transfer = Transfer(
            id, easy: easy, request: request, rules: rules, completion: completion)
        setGuards(transfer, timeout: request.timeout)
        setCallbacks(transfer)
        switch request {
        case .http(let http): set(http, transfer)
        case .mail(let mail): set(mail, transfer)
        }
        return transfer.easy.isSafe ? transfer : nil
    }

    private func setGuards(_ transfer: Transfer, timeout: Duration) {
        transfer.easy.set(CURLOPT_NOSIGNAL, 1)
        transfer.easy.set(CURLOPT_TIMEOUT_MS, timeout.curlMilliseconds)
        transfer.easy.set(
            CURLOPT_CONNECTTIMEOUT_MS, min(timeout, options.connectTimeout).curlMilliseconds)
        // Whole seconds, and 0 would be the default.
        transfer.easy.set(
            CURLOPT_MAXAGE_CONN, max(1, Int(options.maximumIdleTime.components.seconds)))
        transfer.easy.set(CURLOPT_FOLLOWLOCATION, 0)
        transfer.easy.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        transfer.easy.set(CURLOPT_PROXY, "")
        transfer.easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        transfer.easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        transfer.easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        let resolutions = options.resolutions()
        if !resolutions.isEmpty {
            let list = StringList(resolutions)
            transfer.lists.append(list)
            transfer.easy.setList(CURLOPT_RESOLVE, list)
        }
        if let caFile = options.caFile { transfer.easy.set(CURLOPT_CAINFO, caFile) }
        if let file = options.certificateFile { transfer.easy.set(CURLOPT_SSLCERT, file) }
        if let file = options.keyFile {
            transfer.easy.set(CURLOPT_SSLKEY, file)
            // Without one, OpenSSL would ask whoever sits at the terminal.
            transfer.easy.set(CURLOPT_KEYPASSWD, "")
        }
        transfer.easy.setPointer(CURLOPT_ERRORBUFFER, transfer.errorText)
    }

    private func setCallbacks(_ transfer: Transfer) {
        let pointer = Unmanaged.passUnretained(transfer).toOpaque()
        transfer.easy.setOpenSocket(curlOpenSocket)
        transfer.easy.setPointer(CURLOPT_OPENSOCKETDATA, pointer)
        transfer.easy.setWrite(CURLOPT_WRITEFUNCTION, curlReceiveBody)
        transfer.easy.setPointer(CURLOPT_WRITEDATA, pointer)
        transfer.easy.setWrite(CURLOPT_HEADERFUNCTION, curlReceiveHeader)
        transfer.easy.setPointer(CURLOPT_HEADERDATA, pointer)
        guard !isMutant(.resendUnseen) else { return }
        transfer.easy.setBeforeRequest(curlBeforeRequest)
        transfer.easy.setPointer(CURLOPT_PREREQDATA, pointer)
    }

    private func set(_ request: HTTPRequest, _ transfer: Transfer) {
        transfer.easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        transfer.easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        transfer.easy.set(CURLOPT_PATH_AS_IS, 1)
        transfer.easy.set(CURLOPT_URL, request.url)
        transfer.easy.set(CURLOPT_FRESH_CONNECT, request.needsFreshConnection ? 1 : 0)
        if let body = request.body {
            transfer.easy.setBody(body)
        } else if ["POST", "PUT", "PATCH"].contains(request.method) {
            transfer.easy.setBody([])
        }
        if request.method == "HEAD" { transfer.easy.set(CURLOPT_NOBODY, 1) }
        transfer.easy.set(CURLOPT_CUSTOMREQUEST, request.method)
        let headers = StringList(lines(request.headers))
        transfer.lists.append(headers)
        transfer.easy.setList(CURLOPT_HTTPHEADER, headers)
    }

    /// `Name;` is libcurl's way to write a header without a value; `Expect:` keeps it from waiting for a 100.
    private func lines(_ headers: [HTTPHeader]) -> [String] {
        let named = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let hasAgent = headers.contains { $0.name.lowercased() == "user-agent" }
        return named + (hasAgent ? [] : ["User-Agent: pawl"]) + ["Expect:"]
    }

    private func set(_ request: MailRequest, _ transfer: Transfer) {
        transfer.easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        let scheme = request.encryption == .immediate ? "smtps" : "smtp"
        transfer.easy.set(CURLOPT_URL, "\(scheme)://\(request.host):\(request.port)")
        let level = request.encryption == .opportunistic ? CURLUSESSL_TRY : CURLUSESSL_ALL
        transfer.easy.set(CURLOPT_USE_SSL, Int(level.rawValue))
        if let credentials = request.credentials {
            transfer.easy.set(CURLOPT_USERNAME, credentials.user)
            transfer.easy.set(CURLOPT_PASSWORD, credentials.password)
        }
        transfer.easy.set(CURLOPT_MAIL_FROM, "<\(request.message.from.address)>")
        let recipients = StringList(request.message.to.map { "<\($0.address)>" })
        transfer.lists.append(recipients)
        transfer.easy.setList(CURLOPT_MAIL_RCPT, recipients)
        transfer.easy.set(CURLOPT_UPLOAD, 1)
        transfer.easy.setOffset(CURLOPT_INFILESIZE_LARGE, transfer.uploadSize)
        transfer.easy.setRead(curlSendBody)
        transfer.easy.setPointer(
            CURLOPT_READDATA, Unmanaged.passUnretained(transfer).toOpaque())
    }
}
