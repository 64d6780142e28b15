import CCurl

/// libcurl's easy handle: one request. Used on the transport's thread only.
///
/// Options that libcurl does not take are programming errors that its return value would only repeat; those that
/// guard something (addresses, protocols, TLS) are checked through `isSafe`.
struct EasyHandle {
    let handle: UnsafeMutableRawPointer
    /// False once an option that guards something was not taken.
    private(set) var isSafe = true

    init?() {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(pawl_curl_set_long(handle, option, value))
    }

    mutating func setOffset(_ option: CURLoption, _ value: Int) {
        note(pawl_curl_set_offset(handle, option, curl_off_t(value)))
    }

    /// libcurl copies the text.
    mutating func set(_ option: CURLoption, _ text: String) {
        note(pawl_curl_set_string(handle, option, text))
    }

    mutating func setPointer(_ option: CURLoption, _ pointer: UnsafeMutableRawPointer?) {
        note(pawl_curl_set_pointer(handle, option, pointer))
    }

    mutating func setList(_ option: CURLoption, _ list: StringList) {
        note(pawl_curl_set_list(handle, option, list.head))
    }

    mutating func setWrite(_ option: CURLoption, _ callback: curl_write_callback) {
        note(pawl_curl_set_write(handle, option, callback))
    }

    mutating func setRead(_ callback: curl_read_callback) {
        note(pawl_curl_set_read(handle, callback))
    }

    mutating func setOpenSocket(_ callback: curl_opensocket_callback) {
        note(pawl_curl_set_open_socket(handle, callback))
    }

    mutating func setBeforeRequest(_ callback: curl_prereq_callback) {
        note(pawl_curl_set_before_request(handle, callback))
    }

    /// libcurl copies the bytes.
    mutating func setBody(_ bytes: [UInt8]) {
        setOffset(CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
        var bytes = bytes
        bytes.withUnsafeMutableBytes { buffer in
            // An empty array has no address, and no address means "read from a callback".
            var nothing: UInt8 = 0
            if let base = buffer.baseAddress {
                note(pawl_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, base))
            } else {
                note(pawl_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, &nothing))
            }
        }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return pawl_curl_get_long(handle, info, &value) == CURLE_OK ? value : 0
    }

    func offset(_ info: CURLINFO) -> Int {
        var value: curl_off_t = 0
        return pawl_curl_get_offset(handle, info, &value) == CURLE_OK ? Int(value) : 0
    }

    private mutating func note(_ code: CURLcode) {
        if code != CURLE_OK { isSafe = false }
    }
}

/// libcurl's list of strings, which it borrows until the request has ended.
final class StringList {
    private(set) var head: UnsafeMutablePointer<curl_slist>?

    init(_ texts: [String]) {
        for text in texts {
            // Without memory for one more the list stays as it is: nil would mean that it is lost.
            if let longer = curl_slist_append(head, text) { head = longer }
        }
    }

    deinit {
        curl_slist_free_all(head)
    }
}

extension Duration {
    /// For libcurl: at least one, for 0 means "no limit".
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(seconds) * 1_000 + Int(part))
    }
}
