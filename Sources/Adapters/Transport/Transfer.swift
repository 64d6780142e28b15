import CCurl
import Execution
import Glibc
import Sabotage

/// One request on its way: libcurl's handle, what its callbacks fill in, and whom to tell. Lives on the transport's
/// thread only; libcurl holds an unretained pointer to it while the handle is in the multi handle.
final class Transfer {
    typealias Completion = @Sendable (Result<Answer, TransportFailure>) -> Void

    /// Bytes of an answer's header lines, trailers included.
    private static let maximumHeaderBytes = 64 << 10

    let id: CallID
    var easy: EasyHandle
    private let rules: AddressRules
    private let completion: Completion
    private let isMail: Bool
    private let isQuestion: Bool
    private let maximumBodyBytes: Int
    /// Lists that libcurl borrows.
    var lists: [StringList] = []

    private var upload: [UInt8] = []
    private var uploaded = 0
    private var headers: [HTTPHeader] = []
    private var headerBytes = 0
    private var lastLine = ""
    private var body: [UInt8] = []
    /// What was larger than allowed, once it was.
    private var excess: String?
    private var forbidden: IPAddress?
    private var hasUploadedAll = false
    /// What libcurl says of a failure beyond its code; it writes there while the handle is in use.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// How often a connection was ready and the request about to be written to it.
    private var sendings = 0

    init(
        _ id: CallID, easy: EasyHandle, request: OutgoingRequest, rules: AddressRules,
        completion: @escaping Completion
    ) {
        self.id = id
        self.easy = easy
        self.rules = rules
        self.completion = completion
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        switch request {
        case .http(let http):
            isMail = false
            isQuestion = http.isQuestion
            maximumBodyBytes = max(0, http.maximumResponseBytes)
        case .mail(let mail):
            isMail = true
            isQuestion = false
            maximumBodyBytes = 0
            upload = mail.message.bytes
        }
    }

    deinit { errorText.deallocate() }

    var uploadSize: Int { upload.count }

    // MARK: What libcurl's callbacks do

    /// - Returns: whether to go on.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maximumBodyBytes - body.count else {
            excess = "the answer was larger than \(maximumBodyBytes) bytes"
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    func receiveLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            excess = "the answer's headers were larger than \(Self.maximumHeaderBytes) bytes"
            return false
        }
        var end = bytes.count
        while end > 0, [UInt8(ascii: "\r"), UInt8(ascii: "\n")].contains(bytes[end - 1]) {
            end -= 1
        }
        // What is no UTF-8 is of the time when headers were ISO 8859-1 (RFC 9110, 5.5).
        let line =
            String(validating: bytes[..<end], as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes[..<end].map { Unicode.Scalar($0) }))
        if isMail { lastLine = line } else { take(line) }
        return true
    }

    /// A status line begins a new answer: what came before it was an interim one (1xx).
    private func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            headers = []
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        headers.append(HTTPHeader(String(line[..<colon]), String(value)))
    }

    /// - Returns: how many bytes were written; 0 at the end.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let rest = upload[min(uploaded, upload.count)...].prefix(buffer.count)
        buffer.copyBytes(from: rest)
        uploaded += rest.count
        // From here on the end of the message may be on its way.
        if uploaded == upload.count { hasUploadedAll = true }
        return rest.count
    }

    /// Asked after DNS, for every address that is tried.
    func mayConnect(to address: IPAddress?, port: Int) -> Bool {
        guard let address, rules.permits(address, port: port) || isMutant(.connectUnchecked) else {
            forbidden = address ?? IPAddress(networkBytes: [0, 0, 0, 0])
            return false
        }
        return true
    }

    /// Asked whenever a connection stands and the request would be written to it. libcurl does so again by itself
    /// when a kept connection ends without a byte of an answer, though the remote may have read the request: it has
    /// no option against that, and nobody would see it.
    /// - Returns: whether to send.
    func maySend() -> Bool {
        sendings += 1
        return sendings == 1 || isQuestion
    }

    // MARK: The end

    func finish(_ code: CURLcode) {
        completion(result(code))
    }

    func fail(_ kind: TransportFailure.Kind, _ message: String) {
        completion(.failure(TransportFailure(kind, wasSent: wasSent, message: message)))
    }

    private func result(_ code: CURLcode) -> Result<Answer, TransportFailure> {
        let status = easy.long(CURLINFO_RESPONSE_CODE)
        if isMail, status >= 400, code == CURLE_OK || !Self.breaksOff(code) {
            return .success(.mail(MailReply(code: status, text: lastLine)))
        }
        guard code == CURLE_OK else {
            return .failure(
                TransportFailure(
                    failureKind(code), wasSent: wasSent, message: message(code),
                    distrust: distrust(code)))
        }
        return .success(
            isMail
                ? .mail(MailReply(code: status, text: lastLine))
                : .http(HTTPResponse(status: status, headers: headers, body: body)))
    }

    /// Of a mail, everything up to the last line is nothing: a server takes a message whole or not at all. Of a
    /// request, one byte may be enough.
    private var wasSent: Bool {
        isMail
            ? hasUploadedAll
            : sendings > 1 || easy.long(CURLINFO_REQUEST_SIZE) > 0
                || easy.offset(CURLINFO_SIZE_UPLOAD_T) > 0
    }

    /// Ends that a reply seen before does not explain.
    private static func breaksOff(_ code: CURLcode) -> Bool {
        code == CURLE_OPERATION_TIMEDOUT || code == CURLE_COULDNT_CONNECT
            || code == CURLE_COULDNT_RESOLVE_HOST
    }

    private func failureKind(_ code: CURLcode) -> TransportFailure.Kind {
        if excess != nil { return .tooLarge }
        if forbidden != nil, !wasSent { return .forbiddenAddress }
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        default: return wasSent ? .lost : .unreachable
        }
    }

    private func message(_ code: CURLcode) -> String {
        if let excess { return excess }
        if sendings > 1, !isQuestion {
            return
                "the connection broke before an answer, and the request is not sent twice unasked"
        }
        if let forbidden, !wasSent {
            return "the host leads to \(forbidden), which is not among the allowed hosts"
        }
        return distrust(code)?.sentence ?? String(cString: curl_easy_strerror(code))
    }

    /// Why TLS came to nothing; nil: it was something else.
    private func distrust(_ code: CURLcode) -> Distrust? {
        Distrust(
            code, verification: easy.long(CURLINFO_SSL_VERIFYRESULT),
            says: String(cString: errorText))
    }
}

// MARK: Callbacks

// C calls these on the transport's thread with the pointer that was set beside them. They are functions of the
// file, not of `main.swift`, where they would belong to the main actor.

private func transfer(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
    pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

func curlReceiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    let length = size * count
    let buffer = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : length)
    guard let transfer = transfer(pointer), transfer.receive(buffer) else {
        // Anything but the length makes libcurl stop.
        return length == 0 ? 1 : 0
    }
    return length
}

func curlReceiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    let length = size * count
    let buffer = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : length)
    guard let transfer = transfer(pointer), transfer.receiveLine(buffer) else {
        return length == 0 ? 1 : 0
    }
    return length
}

func curlSendBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
    _ pointer: UnsafeMutableRawPointer?
) -> Int {
    let room = UnsafeMutableRawBufferPointer(start: bytes, count: bytes == nil ? 0 : size * count)
    return transfer(pointer)?.send(into: room) ?? 0
}

/// Before the request is written to a connection, a new or a kept one.
func curlBeforeRequest(
    _ pointer: UnsafeMutableRawPointer?, _ remoteAddress: UnsafeMutablePointer<CChar>?,
    _ localAddress: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
    transfer(pointer)?.maySend() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// Opens the socket for one resolved address, or refuses it.
func curlOpenSocket(
    _ pointer: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
    _ target: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let transfer = transfer(pointer), let target else { return pawl_curl_bad_socket() }
    let (address, port) = socketAddress(target)
    guard transfer.mayConnect(to: address, port: port) else { return pawl_curl_bad_socket() }
    let description = target.pointee
    return socket(
        description.family, description.socktype | Int32(SOCK_CLOEXEC.rawValue),
        description.protocol)
}

/// nil for a family that is no IP.
private func socketAddress(
    _ target: UnsafeMutablePointer<curl_sockaddr>
) -> (address: IPAddress?, port: Int) {
    let length = Int(target.pointee.addrlen)
    return withUnsafeBytes(of: &target.pointee.addr) { start in
        // The structure's last member stands for as many bytes as `addrlen` says.
        let bytes = UnsafeRawBufferPointer(start: start.baseAddress, count: length)
        guard bytes.count >= 16 else { return (nil, 0) }
        let port = Int(bytes[2]) << 8 | Int(bytes[3])
        switch target.pointee.family {
        case AF_INET: return (IPAddress(networkBytes: Array(bytes[4..<8])), port)
        case AF_INET6 where length >= 24:
            return (IPAddress(networkBytes: Array(bytes[8..<24])), port)
        default: return (nil, 0)
        }
    }
}
